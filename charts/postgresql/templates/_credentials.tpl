{{- define "postgresql.secretName" -}}
{{- .Values.auth.existingSecret | default (include "postgresql.fullname" .) -}}
{{- end }}

{{/*
The four passwords as YAML: those of the existing Secret, else new ones. Kept in .Values for the time of one rendering, so that every
template, the parent's too, sees the same. With a Secret of the user's that can't be looked up, its name stands for its content.
*/}}
{{- define "postgresql.credentials" -}}
{{- if not (hasKey .Values "renderedCredentials") -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "postgresql.secretName" .) | default dict -}}
{{- $data := $secret.data | default dict -}}
{{- $credentials := dict -}}
{{- if and .Values.auth.existingSecret (not $data) -}}
{{- $_ := set $credentials "name" .Values.auth.existingSecret -}}
{{- else -}}
{{- range $key := list "postgres-password" "owner-password" "writer-password" "reader-password" -}}
{{- $kept := get $data $key | b64dec -}}
{{- if or $kept $.Values.auth.existingSecret -}}
{{- $_ := set $credentials $key $kept -}}
{{- else -}}
{{- $_ := set $credentials $key (randAlphaNum 32) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set .Values "renderedCredentials" $credentials -}}
{{- end -}}
{{- toYaml .Values.renderedCredentials -}}
{{- end }}

{{/* Changes when, and only when, a password does. */}}
{{- define "postgresql.credentialsChecksum" -}}
{{- include "postgresql.credentials" . | sha256sum -}}
{{- end }}
