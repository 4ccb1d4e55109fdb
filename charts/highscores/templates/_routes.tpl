{{- /* The table of routes.yaml with the Service of each route, longest path first. */}}
{{- define "highscores.routes" -}}
{{- $root := . -}}
{{- range (.Files.Get "routes.yaml" | fromYaml).routes }}
- {path: {{ .path }}, match: {{ .match }}, service: {{ include "highscores.fullname" $root }}-{{ .service | replace "_" "-" }}}
{{- end }}
{{- end }}
