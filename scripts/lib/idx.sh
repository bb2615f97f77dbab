# shellcheck shell=bash
# IDX data sets of any size, for measuring: the rows of another one, again and again.

big_endian() {
  local octal
  octal=$(printf '\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))
  printf '%b' "${octal//\\/\\0}"
}

# unpacked FILE: its bytes, whether it is gzipped or not.
unpacked() { if [[ -e $1 ]]; then cat "$1"; else gzip -dc "$1.gz"; fi; }

# repeated FILE HEADER BYTES: as many bytes of what comes after the file's header, from the beginning again and again.
repeated() {
  local file=$1 header=$2 bytes=$3
  while unpacked "$file" | tail -c "+$((header + 1))"; do :; done 2>/dev/null | head -c "$bytes"
}

# write_idx FROM PART COUNT FOLDER: COUNT rows of 28x28 pixels from one part (train, t10k) of the data set FROM.
write_idx() {
  local from=$1 part=$2 count=$3 folder=$4
  mkdir -p "$folder"
  {
    big_endian 2051
    big_endian "$count"
    big_endian 28
    big_endian 28
    repeated "$from/$part-images-idx3-ubyte" 16 $((count * 784))
  } >"$folder/$part-images-idx3-ubyte"
  {
    big_endian 2049
    big_endian "$count"
    repeated "$from/$part-labels-idx1-ubyte" 8 "$count"
  } >"$folder/$part-labels-idx1-ubyte"
}
