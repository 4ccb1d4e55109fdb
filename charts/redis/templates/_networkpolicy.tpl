{{/* Redis answers its clients and asks nobody for anything. */}}
{{- define "redis.networkpolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "redis.roleName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "redis.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "redis.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: {matchLabels: { {{ include "redis.roleName" . }}-client: "true"}}
      ports:
        - {protocol: TCP, port: 6379}
  egress: []
{{- end -}}
