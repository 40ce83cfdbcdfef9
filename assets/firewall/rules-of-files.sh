# Prints what rules come of files, without a change to those of this host: for `unshare --net`, which gives it a network
# of its own that is empty, and gone when this ends. Its arguments are pairs: what the next is, and it.
set -e
while [ $# -gt 1 ]; do
  case $1 in
    link) ip link add name "$2" type veth 2>/dev/null || : ;;
    nft) nft -f "$2" ;;
    ip) iptables-restore <"$2" ;;
    ip6) ip6tables-restore <"$2" ;;
    ip:) printf '%s\n' "$2" | iptables-restore -n ;;
    ip6:) printf '%s\n' "$2" | ip6tables-restore -n ;;
  esac
  shift 2
done
nft --json --debug=netlink list ruleset
for program in iptables-nft-save ip6tables-nft-save iptables-legacy-save ip6tables-legacy-save; do
  if command -v $program >/dev/null; then printf '\n== %s\n' $program; $program; fi
done
