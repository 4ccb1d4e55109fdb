{{- define "redis.secretName" -}}
{{- .Values.auth.existingSecret | default (include "redis.fullname" .) -}}
{{- end -}}

{{- define "redis.jobsPasswordKey" -}}
jobs-password
{{- end -}}

{{/* The key of the password for documents: the jobs' one if there is only one Redis. */}}
{{- define "redis.documentsPasswordKey" -}}
{{- ternary "documents-password" "jobs-password" .Values.documents.enabled -}}
{{- end -}}

{{/*
The generated passwords as JSON, in base64: those of the Secret that is there, else new ones. They are remembered in the
values, so that every template of one rendering, the parent's too, sees the same.
*/}}
{{- define "redis.credentials" -}}
{{- if not (hasKey .Values "generatedCredentials") -}}
{{- $kept := (lookup "v1" "Secret" .Release.Namespace (include "redis.secretName" .)).data | default dict -}}
{{- $credentials := dict -}}
{{- range $key := list "jobs-password" "documents-password" -}}
{{- $_ := set $credentials $key (get $kept $key | default (randAlphaNum 32 | b64enc)) -}}
{{- end -}}
{{- $_ := set .Values "generatedCredentials" $credentials -}}
{{- end -}}
{{- toJson .Values.generatedCredentials -}}
{{- end -}}

{{/* Changes when the passwords do. A Secret of the user's that can't be looked up counts by its name. */}}
{{- define "redis.credentialsChecksum" -}}
{{- if .Values.auth.existingSecret -}}
{{- $data := (lookup "v1" "Secret" .Release.Namespace .Values.auth.existingSecret).data -}}
{{- $data | default .Values.auth.existingSecret | toJson | sha256sum -}}
{{- else -}}
{{- include "redis.credentials" . | sha256sum -}}
{{- end -}}
{{- end -}}
