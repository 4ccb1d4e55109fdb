{{- /* The application's own secrets: the key that makes job ids, and the three API keys made at the first install. */}}

{{- define "highscores.secretName" -}}
{{- .Values.secrets.existingSecret | default (include "highscores.fullname" .) -}}
{{- end }}

{{- /*
The generated values, base64 encoded. What is in the cluster stays; only what is missing is made. Kept in .Values for the
rest of this rendering, so that the Secret and the checksum speak of the same ones.
*/}}
{{- define "highscores.secretData" -}}
{{- if not (hasKey .Values.secrets "made") -}}
  {{- $found := (lookup "v1" "Secret" .Release.Namespace (include "highscores.fullname" .)).data | default dict -}}
  {{- $made := dict "job-secret" (randAlphaNum 48 | b64enc) -}}
  {{- range list "admin-key" "submit-key" "read-key" -}}
    {{- $_ := set $made . (printf "hs_%s" (randAlphaNum 43) | b64enc) -}}
  {{- end -}}
  {{- $_ := set .Values.secrets "made" (merge (pick $found "job-secret" "admin-key" "submit-key" "read-key") $made) -}}
{{- end -}}
{{- toYaml .Values.secrets.made -}}
{{- end }}

{{- /* Changes when the secret does, also one of your own: then the pods that read it are replaced. */}}
{{- define "highscores.secretChecksum" -}}
{{- with .Values.secrets.existingSecret -}}
{{- (lookup "v1" "Secret" $.Release.Namespace .).data | default . | toJson | sha256sum -}}
{{- else -}}
{{- include "highscores.secretData" . | sha256sum -}}
{{- end -}}
{{- end }}
