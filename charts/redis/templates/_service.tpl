{{- define "redis.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "redis.roleName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "redis.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "redis.selectorLabels" . | nindent 4 }}
  ports:
    - {name: redis, port: 6379, targetPort: redis}
{{- end -}}
