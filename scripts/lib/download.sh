# shellcheck shell=bash
# shellcheck disable=SC2154 # the scripts set `folder`
# Shared by the fetch-* scripts. A file is downloaded to FOLDER/.NAME.part, verified, and then renamed.

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
# Names must be plain, because they are used in paths and URLs.
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

# Creates `folder` and locks it until this process and all its children have ended. The lock belongs to the open file, so
# nothing needs cleaning up after a kill. Children inherit it, so that a download that outlives its script keeps other
# runs from writing to the same part.
enter_folder() {
  mkdir -p "$folder" || die "cannot create the folder $folder"
  [[ -w $folder ]] || die "the folder $folder is not writable"
  exec 9>>"$folder/.fetch.lock"
  flock -n 9 && return
  say "another fetch is running; waiting for it in $folder"
  flock 9 || die "cannot lock $folder/.fetch.lock"
}

size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# matches FILE CHECKSUM: an MD5 or SHA-256 checksum, distinguished by its length.
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
    matches "$final" "$2" || die "$final exists, but is not the expected file (wrong checksum)." \
      "It was not changed: move it away, then run this again."
    say "$final exists already"
    return
  fi
  # The part may be complete, if the last run was interrupted before the rename.
  matches "$part" "$2" || download "$1" "$2" "$part" ||
    die "cannot fetch $1. Run this again (the download is resumed)," \
      "or name another mirror in WHISKER_MIRROR."
  publish "$part" "$final"
}

# download NAME CHECKSUM PART: true if a mirror provided the complete and correct file.
download() {
  local base
  for base in "${mirrors[@]}"; do
    say "fetching ${base%/}/$1"
    transfer "${base%/}/$1" "$3" || continue
    matches "$3" "$2" && return
    warn "$1 is corrupt, so it was removed: expected checksum $2, but the file is $(what_came "$3")"
    rm -f "$3"
  done
  return 1
}

# transfer URL PART: resumes at the end of the part, as long as every connection adds to it.
transfer() {
  local before status code ranges=true progress=(--silent --show-error)
  [[ ! -t 2 ]] || progress=(--progress-bar)
  while true; do
    before=$(size_of "$2")
    status=0
    # setpriv: killing this script with SIGKILL ends curl too.
    # Gives up on a server that sends nothing for a minute.
    code=$(setpriv --pdeathsig KILL curl "${progress[@]}" --fail --location --write-out '%{http_code}' \
      --connect-timeout 20 --speed-limit 1 --speed-time 60 --continue-at - --output "$2" "$1") || status=$?
    case $status,$code in
      0,*) return ;;
      22,416) return ;; # The part is at least as long as the file.
      23,*) die "cannot write $2: the disk has $(free_space) left. Free some space, then run this again." ;;
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
        say "the connection was lost; resuming at byte $(size_of "$2")"
        sleep 0.5
        ;;
    esac
  done
}

free_space() { df --output=avail -h "$folder" | tail -n 1 | tr -d ' '; }

# Some mirrors answer "200 OK" with a login or error page, so that is reported.
what_came() {
  local start
  [[ -s $1 ]] || { echo "empty"; return; }
  start=$(head -c 1024 "$1" | LC_ALL=C tr -dc '[:print:]')
  if [[ ${start,,} == *'<html'* || ${start,,} == *'<!doctype html'* ]]; then
    echo "a web page (HTML) that begins with: ${start:0:60}"
    return
  fi
  echo "another file of $(size_of "$1") bytes"
}

# publish PART FINAL: flushes before renaming, so that the file is complete even after a power failure.
publish() {
  sync "$1"
  rename "$1" "$2"
  say "$2 is complete"
}

# mv -n does not report that it kept a target that appeared meanwhile.
rename() {
  mv -nT "$1" "$2"
  [[ ! -e $1 ]] || die "$2 exists already and was not changed: move it away, then run this again."
}

next_command() { printf '\nNext:\n  whisker train %q\n' "$folder"; }

# Ctrl-C also ends curl and unzip. The part is kept.
trap 'exit 130' INT
