{{- define "redis.configmap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "redis.roleName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "redis.labels" . | nindent 4 }}
data:
  {{- include "redis.config" . | nindent 2 }}
{{- end -}}
