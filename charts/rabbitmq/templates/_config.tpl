{{/* All that a node is configured with and that is no secret; its checksum restarts the pods. */}}
{{- define "rabbitmq.config" -}}
{{- if lt (include "rabbitmq.bytes" .Values.memory | int64) 268435456 }}
{{- fail (printf "rabbitmq.memory: %s is too little, a node needs at least 256Mi." .Values.memory) }}
{{- end -}}
enabled_plugins: |
  {{- $plugins := list "rabbitmq_management" "rabbitmq_prometheus" }}
  {{- if eq (int .Values.replicas) 3 }}{{ $plugins = append $plugins "rabbitmq_peer_discovery_k8s" }}{{ end }}
  [{{ concat $plugins .Values.extraPlugins | uniq | join "," }}].
rabbitmq.conf: |
  load_definitions = /etc/rabbitmq/definitions.json
  loopback_users = none
  vm_memory_high_watermark.absolute = {{ div (mul (include "rabbitmq.bytes" .Values.memory | int64) 6) 10 }}
  disk_free_limit.absolute = {{ div (include "rabbitmq.bytes" .Values.persistence.size | int64) 8 }}
  # The default of 512 MiB would take half the memory of a small node.
  raft.wal_max_size_bytes = 67108864
  consumer_timeout = {{ int64 .Values.consumerTimeout }}
  log.file = false
  log.console = true
  log.console.level = info
  log.console.formatter = {{ .Values.logFormat }}
  {{- if eq (int .Values.replicas) 3 }}
  cluster_partition_handling = pause_minority
  cluster_formation.peer_discovery_backend = k8s
  cluster_formation.target_cluster_size_hint = 3
  # Never give up and become a cluster of one. RabbitMQ from 4.1 on never does, and says so in a warning.
  cluster_formation.discovery_retry_limit = 1000000000
  cluster_formation.discovery_retry_interval = 1000
  {{- if .Values.peerDiscovery.kubernetesApi }}
  cluster_formation.k8s.host = kubernetes.default
  cluster_formation.k8s.address_type = hostname
  cluster_formation.k8s.service_name = {{ include "rabbitmq.nodesName" . }}
  {{- end }}
  # A queue declared while a node was away gets its third member when the node comes.
  quorum_queue.continuous_membership_reconciliation.enabled = true
  quorum_queue.continuous_membership_reconciliation.target_group_size = 3
  quorum_queue.continuous_membership_reconciliation.auto_remove = false
  quorum_queue.continuous_membership_reconciliation.interval = 60000
  queue_leader_locator = balanced
  {{- end }}
  {{- with .Values.extraConfig }}
  {{- . | trim | nindent 2 }}
  {{- end }}
{{- range $file := list "prepare.sh" "drain.sh" }}
{{ $file }}: |
  {{- $.Files.Get (printf "files/%s" $file) | nindent 2 }}
{{- end }}
{{- end -}}
