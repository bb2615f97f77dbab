# shellcheck shell=bash
# IDX datasets of any size, for benchmarks: the repeated rows of another one.

big_endian() {
  local octal
  octal=$(printf '\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))
  printf '%b' "${octal//\\/\\0}"
}

# unpacked FILE: prints its contents, unzipped if necessary.
unpacked() { if [[ -e $1 ]]; then cat "$1"; else gzip -dc "$1.gz"; fi; }

# repeated FILE HEADER BYTES: prints BYTES bytes of the data after the header, repeated as needed.
repeated() {
  local file=$1 header=$2 bytes=$3
  while unpacked "$file" | tail -c "+$((header + 1))"; do :; done 2>/dev/null | head -c "$bytes"
}

# write_idx FROM PART COUNT FOLDER: COUNT rows of 28x28 pixels from one split (train, t10k) of the dataset FROM.
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
