# The installed files, for scripts/install and scripts/package.
# Sets `binaries`, the folder of a build. WHISKER_BUILD names an existing one.

build_whisker() {
  binaries=${WHISKER_BUILD-}
  if [ -z "$binaries" ]; then
    # Static linking makes the tool independent of the toolchain.
    local flags=(-c release --static-swift-stdlib --scratch-path .build/package)
    swift build "${flags[@]}" --product whisker >&2
    swift build "${flags[@]}" --product whisker-live >&2
    swift build "${flags[@]}" --product whisker-serve >&2
    swift build "${flags[@]}" --product make-manuals >&2
    binaries=$(swift build "${flags[@]}" --show-bin-path)
  fi
}

# The date of the commit, so that the same commit gives the same bytes.
commit_date() { git log -1 --format=%ct 2>/dev/null || date +%s; }

# Installs all files below the folder $1. Completions for zsh go to share/zsh/$2.
lay_out() {
  local root=$1 zsh=$2 version date shell
  version=$("$binaries/whisker" --version | cut -d ' ' -f 1)
  date=$(date -u -d "@$(commit_date)" +%Y-%m-%d)
  install -d "$root/bin" "$root/share/man/man1" "$root/share/bash-completion/completions" \
    "$root/share/zsh/$zsh" "$root/share/fish/vendor_completions.d"
  install -m 755 "$binaries"/whisker{,-live,-serve} "$root/bin"
  "$binaries/whisker" --experimental-dump-help | "$binaries/make-manuals" "$root/share/man/man1" "$version" "$date"
  "$binaries/whisker" --generate-completion-script bash >"$root/share/bash-completion/completions/whisker"
  "$binaries/whisker" --generate-completion-script zsh >"$root/share/zsh/$zsh/_whisker"
  "$binaries/whisker" --generate-completion-script fish >"$root/share/fish/vendor_completions.d/whisker.fish"
  find "$root" -type d -exec chmod 755 {} +
  find "$root/share" -type f -exec chmod 644 {} +
}
