{{- /*
What is wrong before anything is changed, said so that one knows what to do. What one value alone tells is the schema's
(values.schema.json); here is what takes two, or the cluster.
*/}}
{{- define "highscores.checks" -}}
{{- include "highscores.checkName" . -}}
{{- include "highscores.checkServers" . -}}
{{- include "highscores.checkTimes" . -}}
{{- include "highscores.checkSecrets" . -}}
{{- end }}

{{- define "highscores.checkName" -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" .Release.Name) -}}
  {{- fail (printf "The release is called %q, but Services are called after it, whose names begin with a letter and have no dots. Choose another name." .Release.Name) -}}
{{- end -}}
{{- end }}

{{- define "highscores.checkServers" -}}
{{- $hosts := dict "postgresql" .Values.externalPostgresql.host "rabbitmq" .Values.externalRabbitmq.host "redis" (.Values.externalRedis.jobs.host | default .Values.externalRedis.documents.host) -}}
{{- range $chart, $host := $hosts -}}
  {{- if and $host (index $.Values $chart).enabled -}}
    {{- fail (printf "%s.enabled is true and external%s gives the host %q: which one? Set %s.enabled=false to use yours, or leave the host empty." $chart (title $chart) $host $chart) -}}
  {{- end -}}
{{- end -}}
{{- with .Values.externalRedis.documents -}}
  {{- if and .cluster (not .host) -}}
    {{- fail "externalRedis.documents.cluster is true: say where the Redis Cluster is in externalRedis.documents.host" -}}
  {{- end -}}
{{- end -}}
{{- range $name, $server := dict "externalPostgresql" .Values.externalPostgresql "externalRabbitmq" .Values.externalRabbitmq "externalRedis.jobs" .Values.externalRedis.jobs "externalRedis.documents" .Values.externalRedis.documents -}}
  {{- if and $server.tls.caSecret (eq $server.tls.mode "disable") -}}
    {{- fail (printf "%s.tls.caSecret is given, but %s.tls.mode is disable, so nothing would be encrypted. Set the mode verify-full, or leave caSecret empty." $name $name) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "highscores.checkTimes" -}}
{{- range $component := include "highscores.components" . | fromYamlArray -}}{{- if $component.http -}}
  {{- $values := index $.Values $component.values -}}
  {{- $needed := add $values.preStopSeconds 20 -}}
  {{- if lt (int $values.terminationGracePeriodSeconds) (int $needed) -}}
    {{- fail (printf "%s.terminationGracePeriodSeconds is %d, which would cut requests off: it takes preStopSeconds (%d) and the 20 s after which the last request is answered or ended. Set %d or more." $component.values (int $values.terminationGracePeriodSeconds) (int $values.preStopSeconds) (int $needed)) -}}
  {{- end -}}
{{- end -}}{{- end -}}
{{- end }}

{{- /* Secrets can only be looked for when Helm talks to a cluster, which it does not for `helm template` and under GitOps. */}}
{{- define "highscores.checkSecrets" -}}
{{- $root := . -}}
{{- $check := "highscores.checkSecret" -}}
{{- include $check (dict "root" . "value" "secrets.existingSecret" "secret" .Values.secrets.existingSecret "keys" (list "job-secret" "admin-key" "submit-key" "read-key") "lengths" (dict "job-secret" 32 "admin-key" 22 "submit-key" 22 "read-key" 22)) -}}
{{- if .Values.postgresql.enabled -}}
  {{- include $check (dict "root" . "value" "postgresql.auth.existingSecret" "secret" .Subcharts.postgresql.Values.auth.existingSecret "keys" (list "postgres-password" "owner-password" "writer-password" "reader-password")) -}}
{{- else -}}
  {{- with include "highscores.postgresql" . | fromYaml -}}
  {{- include $check (dict "root" $root "value" "externalPostgresql.existingSecret" "secret" .secret "keys" (values .keys | uniq | sortAlpha)) -}}
  {{- include $check (dict "root" $root "value" "externalPostgresql.tls.caSecret" "secret" .tls.caSecret "keys" (list .tls.caKey)) -}}
  {{- end -}}
{{- end -}}
{{- if .Values.rabbitmq.enabled -}}
  {{- include $check (dict "root" . "value" "rabbitmq.auth.existingSecret" "secret" .Subcharts.rabbitmq.Values.auth.existingSecret "keys" (list "password" "monitoring-username" "monitoring-password" "erlang-cookie")) -}}
{{- else -}}
  {{- with include "highscores.rabbitmq" . | fromYaml -}}
  {{- $keys := eq (include "highscores.autoscaler" (list $root (last (include "highscores.components" $root | fromYamlArray)))) "keda" | ternary (list .key .monitoring.userKey .monitoring.passwordKey) (list .key) -}}
  {{- include $check (dict "root" $root "value" "externalRabbitmq.existingSecret" "secret" .secret "keys" $keys) -}}
  {{- include $check (dict "root" $root "value" "externalRabbitmq.tls.caSecret" "secret" .tls.caSecret "keys" (list .tls.caKey)) -}}
  {{- end -}}
{{- end -}}
{{- if .Values.redis.enabled -}}
  {{- $chart := .Subcharts.redis -}}
  {{- include $check (dict "root" . "value" "redis.auth.existingSecret" "secret" $chart.Values.auth.existingSecret "keys" (list "jobs-password" (include "redis.documentsPasswordKey" $chart) | uniq)) -}}
{{- else -}}
  {{- range $role := empty .Values.externalRedis.documents.host | ternary (list "jobs") (list "jobs" "documents") -}}
  {{- with include (printf "highscores.redis%s" (title $role)) $root | fromYaml -}}
  {{- include $check (dict "root" $root "value" (printf "externalRedis.%s.existingSecret" $role) "secret" .secret "keys" (list .key)) -}}
  {{- include $check (dict "root" $root "value" (printf "externalRedis.%s.tls.caSecret" $role) "secret" .tls.caSecret "keys" (list .tls.caKey)) -}}
  {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- /* (dict "root" . "value" "secrets.existingSecret" "secret" its-name "keys" (list ...)). The namespace's own ServiceAccount tells whether there is a cluster. */}}
{{- define "highscores.checkSecret" -}}
{{- if and .secret (lookup "v1" "ServiceAccount" .root.Release.Namespace "default") -}}
  {{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
  {{- if not $found -}}
    {{- fail (printf "%s names the Secret %q, which is not in the namespace %s. Create it with the keys %s." .value .secret .root.Release.Namespace (join ", " .keys)) -}}
  {{- end -}}
  {{- $missing := list -}}
  {{- range .keys }}{{ if not (index ($found.data | default dict) .) }}{{ $missing = append $missing . }}{{ end }}{{ end -}}
  {{- if $missing -}}
    {{- fail (printf "%s names the Secret %q, which lacks the keys %s: they are absent or empty." .value .secret (join ", " $missing)) -}}
  {{- end -}}
  {{- range $key, $length := .lengths | default dict -}}
    {{- if lt (len (index $found.data $key | b64dec)) $length -}}
      {{- fail (printf "%s names the Secret %q, whose key %s is shorter than %d characters." $.value $.secret $key $length) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
