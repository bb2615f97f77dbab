# shellcheck shell=bash
# shellcheck disable=SC2154 # the scripts set `folder`
# Shared by the fetch-* scripts: a file arrives as FOLDER/.NAME.part, is verified, and only then gets its
# name.

program=${0##*/}
checksum_line='^([0-9a-f]{32}|[0-9a-f]{64}) [ *]?([A-Za-z0-9][A-Za-z0-9._-]*)$'

say() { printf '%s: %s\n' "$program" "$*"; }
warn() { say "$@" >&2; }
die() {
  warn "$@"
  exit 1
}

misused() {
  warn "$1; see $program --help"
  exit 2
}

need() {
  command -v "$1" >/dev/null || die "$1 is missing; install it with: sudo apt-get install $2"
}

need_common() {
  need curl curl
  need flock util-linux
  need setpriv util-linux
  need md5sum coreutils
  need sha256sum coreutils
}

# Fills `names` and `checksums` from $WHISKER_CHECKSUMS, else from the given text; both as md5sum prints them.
# Names are plain, because they become a part of a path and of a URL.
load_checksums() {
  local text=$1 line
  if [[ -n ${WHISKER_CHECKSUMS:-} ]]; then
    [[ -r $WHISKER_CHECKSUMS ]] || die "WHISKER_CHECKSUMS: cannot read $WHISKER_CHECKSUMS"
    text=$(<"$WHISKER_CHECKSUMS")
  fi
  names=() checksums=()
  while read -r line; do
    [[ -n $line && $line != '#'* ]] || continue
    [[ $line =~ $checksum_line ]] || die "not a line of md5sum or sha256sum: $line"
    checksums+=("${BASH_REMATCH[1]}")
    names+=("${BASH_REMATCH[2]}")
  done <<<"$text"
  ((${#names[@]})) || die "the checksum list is empty"
}

# Fills `mirrors` from $WHISKER_MIRROR (one or several, separated by spaces), else from the arguments.
load_mirrors() {
  mirrors=("$@")
  if [[ -n ${WHISKER_MIRROR:-} ]]; then
    read -ra mirrors <<<"$WHISKER_MIRROR"
  fi
}

# Makes `folder` and holds it until this process and all its children are gone. The lock is the open file, not
# its existence, so there is nothing to clean up after a kill; the children inherit it, so that a download
# which outlives its script still keeps others from writing to the same part.
enter_folder() {
  mkdir -p "$folder" || die "cannot make the folder $folder"
  [[ -w $folder ]] || die "cannot write in the folder $folder"
  exec 9>>"$folder/.fetch.lock"
  flock -n 9 && return
  say "another fetch is at work in $folder; waiting for it"
  flock 9 || die "cannot lock $folder/.fetch.lock"
}

size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# matches FILE CHECKSUM: the length of the checksum tells its kind.
matches() {
  [[ -f $1 ]] || return
  local tool=sha256sum
  ((${#2} == 64)) || tool=md5sum
  [[ $("$tool" <"$1") == "$2  -" ]]
}

# fetch NAME CHECKSUM
fetch() {
  local final=$folder/$1 part=$folder/.$1.part
  if [[ -e $final || -L $final ]]; then
    matches "$final" "$2" || die "$final is there, but it is not the expected file (wrong checksum)." \
      "It was left as it is: move it away, then run this again."
    say "$final is there already"
    return
  fi
  # A part may be whole: the last run was stopped just before the renaming.
  matches "$part" "$2" || download "$1" "$2" "$part" ||
    die "could not fetch $1. Run this again (it goes on from what has arrived)," \
      "or name another mirror in WHISKER_MIRROR."
  publish "$part" "$final"
}

# download NAME CHECKSUM PART: true when one of the mirrors made the part whole and right.
download() {
  local base
  for base in "${mirrors[@]}"; do
    say "fetching ${base%/}/$1"
    transfer "${base%/}/$1" "$3" || continue
    matches "$3" "$2" && return
    warn "$1 is corrupt, so it was removed: expected checksum $2, but what came is $(what_came "$3")"
    rm -f "$3"
  done
  return 1
}

# transfer URL PART: goes on from where the part ends, as long as every connection makes it longer.
transfer() {
  local before status code ranges=true progress=(--silent --show-error)
  [[ ! -t 2 ]] || progress=(--progress-bar)
  while true; do
    before=$(size_of "$2")
    status=0
    # setpriv: a kill -9 of this script ends curl as well.
    # A server that says nothing for a minute is given up, one that is merely slow is not.
    code=$(setpriv --pdeathsig KILL curl "${progress[@]}" --fail --location --write-out '%{http_code}' \
      --connect-timeout 20 --speed-limit 1 --speed-time 60 --continue-at - --output "$2" "$1") || status=$?
    case $status,$code in
      0,*) return ;;
      22,416) return ;; # Nothing comes after the part: it is as long as the file, or longer.
      23,*) die "cannot write $2: the disk has $(free_space) left. Make room, then run this again." ;;
      33,* | 36,*)
        say "the server cannot resume; starting over"
        ranges=false
        rm -f "$2"
        ;;
      *)
        if ! $ranges || (($(size_of "$2") <= before)); then
          warn "cannot fetch $1 (curl error $status)"
          return 1
        fi
        say "the connection broke; going on from byte $(size_of "$2")"
        sleep 0.5
        ;;
    esac
  done
}

free_space() { df --output=avail -h "$folder" | tail -n 1 | tr -d ' '; }

# Some mirrors answer "200 OK" with a login or an error page: worth a word of its own.
what_came() {
  local start
  [[ -s $1 ]] || { echo "empty"; return; }
  start=$(head -c 1024 "$1" | LC_ALL=C tr -dc '[:print:]')
  if [[ ${start,,} == *'<html'* || ${start,,} == *'<!doctype html'* ]]; then
    echo "a web page (HTML) that begins with: ${start:0:60}"
    return
  fi
  echo "$(size_of "$1") bytes of something else"
}

# publish PART FINAL: after a power cut the name must not lead to less than the whole file.
publish() {
  sync "$1"
  rename "$1" "$2"
  say "$2 is complete"
}

# mv -n keeps a target that appeared meanwhile, but says nothing about it.
rename() {
  mv -nT "$1" "$2"
  [[ ! -e $1 ]] || die "$2 is there already; it was left as it is: move it away, then run this again."
}

next_command() { printf '\nNext:\n  whisker train %q\n' "$folder"; }

# Ctrl-C reaches curl and unzip too; the part stays.
trap 'exit 130' INT
