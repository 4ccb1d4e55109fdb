{{- define "rabbitmq.secretName" -}}
{{- .Values.auth.existingSecret | default (include "rabbitmq.fullname" .) -}}
{{- end -}}

{{/*
The generated credentials as JSON, in base64: those of the Secret that is there, else new ones. They are remembered in the
values, so that every template of one rendering, the parent's too, sees the same.
*/}}
{{- define "rabbitmq.credentials" -}}
{{- if not (hasKey .Values "generatedCredentials") -}}
{{- $kept := (lookup "v1" "Secret" .Release.Namespace (include "rabbitmq.secretName" .)).data | default dict -}}
{{- $credentials := dict -}}
{{- range $key := list "password" "monitoring-password" "erlang-cookie" -}}
{{- $_ := set $credentials $key (get $kept $key | default (randAlphaNum 32 | b64enc)) -}}
{{- end -}}
{{- $_ := set .Values "generatedCredentials" $credentials -}}
{{- end -}}
{{- toJson .Values.generatedCredentials -}}
{{- end -}}

{{/* Changes when the credentials do. A Secret of the user's that can't be looked up counts by its name. */}}
{{- define "rabbitmq.credentialsChecksum" -}}
{{- if .Values.auth.existingSecret -}}
{{- $data := (lookup "v1" "Secret" .Release.Namespace .Values.auth.existingSecret).data -}}
{{- $data | default .Values.auth.existingSecret | toJson | sha256sum -}}
{{- else -}}
{{- include "rabbitmq.credentials" . | sha256sum -}}
{{- end -}}
{{- end -}}
