{{- /*
The four services: what is true of each, in one table that all templates range over.
  name     in Kubernetes;  program: in the metrics, as `job`;  values: its section in values.yaml
  http     whether it answers requests (the worker only has its health port)
  role     of the database
  reaches  which servers: network policies and settings follow from it
  pool     connections to PostgreSQL that a pod may open
*/}}
{{- define "highscores.components" -}}
- {name: post-score, program: post_score, values: postScore, http: true, role: reader, pool: 4, reaches: [postgresql, rabbitmq, redisJobs]}
- {name: get-scores, program: get_scores, values: getScores, http: true, role: reader, pool: 6, reaches: [postgresql, rabbitmq, redisJobs, redisDocuments]}
- {name: get-jobs, program: get_jobs, values: getJobs, http: true, role: reader, pool: 4, reaches: [postgresql, redisJobs, redisDocuments]}
- {name: worker, program: worker, values: worker, http: false, role: writer, pool: 12, reaches: [postgresql, rabbitmq, redisJobs, redisDocuments]}
{{- end }}

{{- /* (list . component): "keda", "hpa" or "" when the number of pods is fixed. */}}
{{- define "highscores.autoscaler" -}}
{{- $root := first . -}}
{{- $component := last . -}}
{{- $values := index $root.Values $component.values -}}
{{- if and (eq $component.name "worker") $values.keda.enabled -}}
  {{- if $values.autoscaling.enabled -}}
    {{- fail "worker.keda.enabled and worker.autoscaling.enabled are both true: two autoscalers would fight over one Deployment. Keep KEDA (it sees the queue), or set worker.keda.enabled=false." -}}
  {{- end -}}
  {{- if $root.Capabilities.APIVersions.Has "keda.sh/v1alpha1" }}keda{{ end -}}
{{- else if $values.autoscaling.enabled -}}
hpa
{{- end -}}
{{- end }}

{{- /* (list . component): how many pods there are at least; a disruption budget makes sense from 2 on. */}}
{{- define "highscores.leastReplicas" -}}
{{- $values := index (first .).Values (last .).values -}}
{{- $autoscaler := include "highscores.autoscaler" . -}}
{{- if eq $autoscaler "keda" }}{{ $values.keda.minReplicas }}
{{- else if eq $autoscaler "hpa" }}{{ $values.autoscaling.minReplicas }}
{{- else }}{{ $values.replicas }}{{ end -}}
{{- end }}

{{- /* (list . component): how many pods there are at most. */}}
{{- define "highscores.mostReplicas" -}}
{{- $values := index (first .).Values (last .).values -}}
{{- $autoscaler := include "highscores.autoscaler" . -}}
{{- if eq $autoscaler "keda" }}{{ $values.keda.maxReplicas }}
{{- else if eq $autoscaler "hpa" }}{{ $values.autoscaling.maxReplicas }}
{{- else }}{{ $values.replicas }}{{ end -}}
{{- end }}

{{- /* "true" when KEDA asks PostgreSQL for unfinished tasks, besides asking RabbitMQ for messages. */}}
{{- define "highscores.countsTasks" -}}
{{- if eq (include "highscores.autoscaler" (list . (last (include "highscores.components" . | fromYamlArray)))) "keda" -}}
{{- $wanted := .Values.worker.keda.countTasks -}}
{{- if or (eq $wanted "always") (and (eq $wanted "auto") .Values.postgresql.enabled) }}true{{ end -}}
{{- end -}}
{{- end }}
