{{/*
At most 52 characters, although most names may have 63: Kubernetes adds a hash of 11 to a StatefulSet's name in a label,
and `-client` is added for the label of clients. The release is cut, not the end, so that names stay different.
*/}}
{{- define "rabbitmq.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-rabbitmq" (.Release.Name | trunc 43 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "rabbitmq.nodesName" -}}
{{- include "rabbitmq.fullname" . }}-nodes
{{- end -}}

{{- define "rabbitmq.clientLabel" -}}
{{- include "rabbitmq.fullname" . }}-client
{{- end -}}

{{- define "rabbitmq.selectorLabels" -}}
app.kubernetes.io/name: rabbitmq
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: rabbitmq
{{- end -}}

{{/* Labels of pods leave out the versions, so that a new version of the chart alone restarts nothing. */}}
{{- define "rabbitmq.podLabels" -}}
{{ include "rabbitmq.selectorLabels" . }}
app.kubernetes.io/part-of: highscores
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "rabbitmq.labels" -}}
{{ include "rabbitmq.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "rabbitmq.image" -}}
{{- with (.Values.global).imageRegistry }}{{ . | trimSuffix "/" }}/{{ end }}
{{- with .Values.image }}{{ .repository }}{{ with .digest }}@{{ . }}{{ else }}:{{ .tag }}{{ end }}{{ end }}
{{- end -}}

{{- define "rabbitmq.usesKubernetesApi" -}}
{{- if and (eq (int .Values.replicas) 3) .Values.peerDiscovery.kubernetesApi }}true{{ end -}}
{{- end -}}

{{- define "rabbitmq.networkPolicyEnabled" -}}
{{- if ne (toString ((.Values.global).networkPolicy).enabled) "false" }}true{{ end -}}
{{- end -}}

{{/* A quantity like 16Gi as bytes. */}}
{{- define "rabbitmq.bytes" -}}
{{- $units := dict "" 1 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $units (regexFind "[A-Za-z]*$" .)) -}}
{{- end -}}
