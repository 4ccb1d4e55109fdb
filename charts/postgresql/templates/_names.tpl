{{/* The name of everything in this chart. StatefulSet's own label for its pods adds 11 characters to it, hence 52 of 63. */}}
{{- define "postgresql.fullname" -}}
{{- $own := printf "%s-postgresql" (.Release.Name | trunc 41 | trimSuffix "-") -}}
{{- .Values.fullnameOverride | default $own | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* A CronJob's name may have 52 characters, because it adds 11 for its Jobs. (list context "backup") */}}
{{- define "postgresql.jobName" -}}
{{- printf "%s-%s" (include "postgresql.fullname" (index . 0) | trunc 44 | trimSuffix "-") (index . 1) -}}
{{- end }}

{{- define "postgresql.backupClaim" -}}
{{- .Values.backup.persistence.existingClaim | default (include "postgresql.jobName" (list . "backup")) -}}
{{- end }}

{{/* (list context "database") */}}
{{- define "postgresql.selectorLabels" -}}
app.kubernetes.io/name: postgresql
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* (list context "database") */}}
{{- define "postgresql.labels" -}}
{{- $root := index . 0 -}}
{{ include "postgresql.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: highscores
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* The label that a pod must carry to be let in. */}}
{{- define "postgresql.clientLabel" -}}
{{ include "postgresql.fullname" . }}-client: "true"
{{- end }}
