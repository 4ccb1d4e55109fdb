{{- /*
What is wrong before anything is changed, said so that one knows what to do. Secrets can only be looked for when Helm talks
to a cluster, which it does not for `helm template` and under GitOps: the namespace's own ServiceAccount tells.
*/}}

{{- define "highscores.checkSecret" -}}
{{- if and .secret (lookup "v1" "ServiceAccount" .root.Release.Namespace "default") -}}
  {{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
  {{- if not $found -}}
    {{- fail (printf "%s names the Secret %q, which is not in the namespace %s. Create it with the keys %s." .value .secret .root.Release.Namespace (join ", " .keys)) -}}
  {{- end -}}
  {{- $missing := list -}}
  {{- range .keys }}{{ if not (hasKey ($found.data | default dict) .) }}{{ $missing = append $missing . }}{{ end }}{{ end -}}
  {{- if $missing -}}
    {{- fail (printf "%s names the Secret %q, which lacks the keys %s." .value .secret (join ", " $missing)) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "highscores.checks" -}}
{{- $root := . -}}
{{- $checkSecret := "highscores.checkSecret" -}}
{{- include $checkSecret (dict "root" . "value" "secrets.existingSecret" "secret" .Values.secrets.existingSecret "keys" (list "job-secret" "admin-key" "submit-key" "read-key")) -}}
{{- if .Values.postgresql.enabled -}}
  {{- include $checkSecret (dict "root" . "value" "postgresql.auth.existingSecret" "secret" .Subcharts.postgresql.Values.auth.existingSecret "keys" (list "postgres-password" "owner-password" "writer-password" "reader-password")) -}}
{{- else -}}
  {{- with include "highscores.postgresql" . | fromYaml -}}
  {{- include $checkSecret (dict "root" $root "value" "externalPostgresql.existingSecret" "secret" .secret "keys" (values .keys | uniq | sortAlpha)) -}}
  {{- end -}}
{{- end -}}
{{- if .Values.rabbitmq.enabled -}}
  {{- include $checkSecret (dict "root" . "value" "rabbitmq.auth.existingSecret" "secret" .Subcharts.rabbitmq.Values.auth.existingSecret "keys" (list "password" "monitoring-username" "monitoring-password" "erlang-cookie")) -}}
{{- else -}}
  {{- with include "highscores.rabbitmq" . | fromYaml -}}
  {{- include $checkSecret (dict "root" $root "value" "externalRabbitmq.existingSecret" "secret" .secret "keys" (list .key)) -}}
  {{- end -}}
{{- end -}}
{{- if .Values.redis.enabled -}}
  {{- include $checkSecret (dict "root" . "value" "redis.auth.existingSecret" "secret" .Subcharts.redis.Values.auth.existingSecret "keys" (list "jobs-password" "documents-password")) -}}
{{- else -}}
  {{- range $role, $name := dict "jobs" "redisJobs" "documents" "redisDocuments" -}}
  {{- with include (printf "highscores.%s" $name) $root | fromYaml -}}
  {{- include $checkSecret (dict "root" $root "value" (printf "externalRedis.%s.existingSecret" $role) "secret" .secret "keys" (list .key)) -}}
  {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
