{{- /* Names and labels. Every name comes from the release's, so that two releases live side by side. */}}

{{- define "highscores.fullname" -}}
{{- $default := contains "highscores" .Release.Name | ternary .Release.Name (printf "%s-highscores" .Release.Name) -}}
{{- .Values.fullnameOverride | default $default | trunc 45 | trimSuffix "-" -}}
{{- end }}

{{- /* The labels that select pods; they never change during a release's life. (list . "worker") */}}
{{- define "highscores.selectorLabels" -}}
{{- $root := first . -}}
app.kubernetes.io/name: highscores
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{- define "highscores.labels" -}}
{{- $root := first . -}}
{{ include "highscores.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: highscores
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* (list . component): the image of one of the four services. */}}
{{- define "highscores.image" -}}
{{- $root := first . -}}
{{- $component := last . -}}
{{- $own := (index $root.Values $component.values).image -}}
{{- $path := printf "%s/%s" $root.Values.image.repository $component.name -}}
{{- if $root.Values.global.imageRegistry }}{{ $path = printf "%s/%s" (trimSuffix "/" $root.Values.global.imageRegistry) $path }}{{ end -}}
{{- if $own.digest }}{{ $path }}@{{ $own.digest }}{{ else }}{{ $path }}:{{ $own.tag | default $root.Values.image.tag | default $root.Chart.AppVersion }}{{ end -}}
{{- end }}
