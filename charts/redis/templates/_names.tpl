{{/*
Names are at most 52 characters, although most may have 63: Kubernetes adds a hash of 11 to a StatefulSet's name in a label,
and `-client` is added for the label of clients. The release is cut, not the end, so that the two roles stay different.
*/}}
{{- define "redis.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 42 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-redis" (.Release.Name | trunc 36 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "redis.jobsName" -}}
{{- include "redis.fullname" . }}-jobs
{{- end -}}

{{/* The Redis of documents: the jobs' one if there is only one. */}}
{{- define "redis.documentsName" -}}
{{- include "redis.fullname" . }}-{{ ternary "documents" "jobs" .Values.documents.enabled }}
{{- end -}}

{{/* Those below take (dict "root" context "role" "jobs" or "documents"). */}}
{{- define "redis.roleName" -}}
{{- include "redis.fullname" .root }}-{{ .role }}
{{- end -}}

{{- define "redis.selectorLabels" -}}
app.kubernetes.io/name: redis
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{/* Labels of pods leave out the versions, so that a new version of the chart alone restarts nothing. */}}
{{- define "redis.podLabels" -}}
{{ include "redis.selectorLabels" . }}
app.kubernetes.io/part-of: highscores
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{- define "redis.labels" -}}
{{ include "redis.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* These take the context itself again. */}}
{{- define "redis.image" -}}
{{- with (.Values.global).imageRegistry }}{{ . | trimSuffix "/" }}/{{ end }}
{{- with .Values.image }}{{ .repository }}{{ with .digest }}@{{ . }}{{ else }}:{{ .tag }}{{ end }}{{ end }}
{{- end -}}

{{- define "redis.networkPolicyEnabled" -}}
{{- if ne (toString ((.Values.global).networkPolicy).enabled) "false" }}true{{ end -}}
{{- end -}}

{{/* A quantity like 16Gi as bytes. */}}
{{- define "redis.bytes" -}}
{{- $units := dict "" 1 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $units (regexFind "[A-Za-z]*$" .)) -}}
{{- end -}}
