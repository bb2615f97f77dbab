# Measures the links and training over them, for scripts/test-cluster --measure.

mpicc -O2 -o measure "$cluster/measure.c"
# Data of MNIST's shape, large enough to time steps. The contents do not matter.
"$whisker" preprocess "$data" -o pets.safetensors >/dev/null

# The images per second of the last epoch of a training.
pace() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "images_per_second") column = i } END { print $column }' \
    "$1/results.csv"
}

for network in dropout-cnn mnist-convnet; do
  options=(pets.safetensors --network "$network" --epochs 20 --batch-size 128 --threads 1 --no-tensorboard)
  for link in "50us 1gbit" "50us 10gbit"; do
    set_links $link
    for count in 1 2 3; do
      run_on_hosts "$count" "$whisker" train "${options[@]}" -o run --overwrite >run.log 2>&1 || fail "$(cat run.log)"
      sums=$(sed -n 's/^Reduce *//p' run.log | tr -d '\r')
      awk -v pace="$(pace run)" -v head="$network, ${link#* }, $count: " -v sums="$sums" \
        'BEGIN { printf "%s%.2f ms a step%s\n", head, 128000 / pace, sums == "" ? "" : "; " sums }'
    done
  done
done

for link in "50us 1gbit" "50us 10gbit"; do
  set_links $link
  echo "== links of ${link#* }"
  for count in 2 3; do run_on_hosts "$count" "$PWD/measure" 2>/dev/null; done
done
