/**
 * How the embedded server is set, always on the command line, so that an edited `postgresql.conf` cannot open a port
 * or switch durability off. Small on purpose: server and database idle under 200 MB together.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "",
  unix_socket_directories: ".",
  unix_socket_permissions: "0700",
  password_encryption: "scram-sha-256",
  max_connections: "40",
  shared_buffers: "32MB",
  work_mem: "4MB",
  maintenance_work_mem: "32MB",
  wal_buffers: "2MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "256MB",
  min_wal_size: "64MB",
  huge_pages: "off",
  io_method: "sync",
  jit: "off",
  max_worker_processes: "0",
  max_parallel_workers: "0",
  max_logical_replication_workers: "0",
  max_parallel_workers_per_gather: "0",
  autovacuum_max_workers: "2",
  log_destination: "stderr",
  logging_collector: "off",
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  lc_messages: "C",
  timezone: "UTC",
  log_timezone: "UTC",
};

const DURABLE = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" };
/** For tests, of which many share one server. */
const FORGETFUL = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };

/** Arguments of `postgres`. `isDurable: false` is for tests, whose data nobody needs tomorrow. */
export const serverArguments = (cluster: string, isDurable: boolean): readonly string[] => [
  "-D",
  cluster,
  ...Object.entries({ ...SETTINGS, ...(isDurable ? DURABLE : FORGETFUL) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]),
];

/** Arguments of `initdb`: one locale on every machine, checksums, passwords only, and no way in but the socket. */
export const initArguments = (cluster: string, owner: string, passwordFile: string): readonly string[] => [
  "-D",
  cluster,
  "-U",
  owner,
  "--encoding=UTF8",
  "--locale-provider=builtin",
  "--locale=C.UTF-8",
  "--data-checksums",
  "--auth-local=scram-sha-256",
  "--auth-host=reject",
  `--pwfile=${passwordFile}`,
  "--no-instructions",
];
