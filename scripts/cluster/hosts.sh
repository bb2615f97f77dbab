# Hosts for scripts/test-cluster: network namespaces joined by a bridge.
# All names start with $prefix, so that nothing else on the machine is changed.

prefix=whisker$$
subnet=10.213.77

host_name() { echo "$prefix-h$1"; }
host_address() { echo "$subnet.$1"; }

# Whether this machine allows network namespaces.
can_make_hosts() {
  ip netns add "$prefix-try" 2>/dev/null && ip netns exec "$prefix-try" true 2>/dev/null
  local status=$?
  ip netns delete "$prefix-try" 2>/dev/null || true
  return "$status"
}

# Creates the hosts 1 to $1.
make_hosts() {
  hosts=$1
  ip netns add "$prefix-switch"
  ip -n "$prefix-switch" link add bridge type bridge
  ip -n "$prefix-switch" link set bridge up
  local host
  for ((host = 1; host <= hosts; host++)); do
    ip netns add "$(host_name "$host")"
    ip link add "wp$host" netns "$prefix-switch" type veth peer name eth0 netns "$(host_name "$host")"
    ip -n "$prefix-switch" link set "wp$host" master bridge up
    # Jumbo frames, as in clusters, because the few cores of this machine switch all of them.
    ip -n "$prefix-switch" link set "wp$host" mtu 9000
    ip -n "$(host_name "$host")" link set eth0 mtu 9000
    ip -n "$(host_name "$host")" link set lo up
    ip -n "$(host_name "$host")" address add "$(host_address "$host")/24" dev eth0
    ip -n "$(host_name "$host")" link set eth0 up
  done
}

# Whether this kernel has netem, which delays packets. Without it only the bandwidth can be set.
has_netem() {
  ip netns exec "$(host_name 1)" tc qdisc replace dev eth0 root netem delay 1ms 2>/dev/null
}

# Sets the one-way delay, such as 50us, and the bandwidth, such as 10gbit, of every link.
set_links() {
  local host kind=(netem delay "$1" rate "$2" limit 100000)
  has_netem || kind=(tbf rate "$2" burst 1mb latency 50ms)
  for ((host = 1; host <= hosts; host++)); do
    ip netns exec "$(host_name "$host")" tc qdisc replace dev eth0 root "${kind[@]}"
  done
}

remove_hosts() {
  local host
  for ((host = 1; host <= ${hosts-0}; host++)); do
    ip netns pids "$(host_name "$host")" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
    ip netns delete "$(host_name "$host")" 2>/dev/null || true
  done
  ip netns delete "$prefix-switch" 2>/dev/null || true
}

# Runs a command on a host, with its own host name.
on_host() {
  local host=$1
  shift
  ip netns exec "$(host_name "$host")" unshare --uts sh -c 'hostname "$0" && exec "$@"' "h$host" "$@"
}

# Starts one process of a program on each of the first $1 hosts.
run_on_hosts() {
  local count=$1 list= host
  shift
  for ((host = 1; host <= count; host++)); do list+="${list:+,}$(host_address "$host"):1"; done
  on_host 1 env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    "WHISKER_HOSTS=$prefix-h" "WHISKER_SUBNET=$subnet" \
    mpirun --host "$list" -n "$count" --bind-to none --mca mpi_yield_when_idle 1 \
    --mca plm_rsh_agent "$cluster/agent" --mca plm_rsh_no_tree_spawn 1 \
    --mca pml ob1 --mca btl self,tcp --mca btl_tcp_if_include "$subnet.0/24" \
    --mca oob_tcp_if_include "$subnet.0/24" --mca btl_tcp_progress_thread 0 "$@"
}
