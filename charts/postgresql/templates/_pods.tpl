{{- define "postgresql.image" -}}
{{- $image := .Values.image -}}
{{- $registry := ((.Values.global).imageRegistry) | default "" -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag }}{{ end }}
{{- end }}

{{/* What a container of this chart may do: nothing but run. */}}
{{- define "postgresql.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The user of the official image. A claim's group is set once, not at each start, which takes minutes on a large one. */}}
{{- define "postgresql.podSecurity" -}}
runAsNonRoot: true
runAsUser: 999
runAsGroup: 999
fsGroup: 999
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* What all pods of this chart have in common. */}}
{{- define "postgresql.podBasics" -}}
serviceAccountName: {{ include "postgresql.fullname" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with ((.Values.global).imagePullSecrets) }}
imagePullSecrets:
  {{- range . }}
  - name: {{ kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") . | quote }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "postgresql.podSecurity" . | nindent 2 }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* storageClassName of a claim, from its own values and the global one; nothing means the cluster's default. (list context values) */}}
{{- define "postgresql.storageClass" -}}
{{- $class := (index . 1).storageClass | default (((index . 0).Values.global).storageClass) -}}
{{- with $class }}storageClassName: {{ eq . "-" | ternary "" . | quote }}{{ end }}
{{- end }}
