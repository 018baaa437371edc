#!/usr/bin/env bash
# A Parquet file that the Rust crate polars-io writes with a column of text cannot be opened by pyarrow 14 (and R's arrow of
# that age): beside the Parquet schema it stores an Arrow schema that names Utf8View, a type Arrow did not have yet. Python's
# polars of the same year asks its writer for the older type, so the same table written from Python opens. Newer pyarrow reads both.
# Builds polars (some minutes); needs cargo and python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/writer/src"
cat > "$work/writer/Cargo.toml" <<'TOML'
[package]
name = "writer"
version = "0.0.0"
edition = "2024"
[dependencies]
polars-core = { version = "=0.55.2", default-features = false }
polars-io = { version = "=0.55.2", default-features = false, features = ["parquet"] }
[profile.dev]
debug = false
TOML
cat > "$work/writer/src/main.rs" <<'RUST'
use polars_core::prelude::*;
use polars_io::parquet::write::ParquetWriter;

fn main() {
    let clients = Column::new("client_id".into(), ["C1", "C2"]);
    let scores = Column::new("pre".into(), [12.0, 9.0]);
    let mut table = DataFrame::new_infer_height(vec![clients, scores]).unwrap();
    let file = std::fs::File::create(std::env::args().nth(1).unwrap()).unwrap();
    ParquetWriter::new(file).finish(&mut table).unwrap();
}
RUST
CARGO_TARGET_DIR="$work/target" cargo run --quiet --manifest-path "$work/writer/Cargo.toml" -- "$work/rust.parquet"
for version in 14.0.2 21.0.0; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet --disable-pip-version-check "pyarrow==$version" 'numpy==1.26.4' 'polars==1.31.0'
done
read_with() {
  "$work/$1/bin/python" - "$2" <<'PYTHON'
import sys
import pyarrow
import pyarrow.parquet
try:
    types = [str(t) for t in pyarrow.parquet.read_table(sys.argv[1]).schema.types]
    print(f"pyarrow {pyarrow.__version__}: read, {types}")
except Exception as error:
    print(f"pyarrow {pyarrow.__version__}: {type(error).__name__}: {error}")
PYTHON
}
"$work/14.0.2/bin/python" -c 'import polars, sys
polars.DataFrame({"client_id": ["C1", "C2"], "pre": [12.0, 9.0]}).write_parquet(sys.argv[1])
print("polars", polars.__version__, "(Python) wrote a second file")' "$work/python.parquet"
old=$(read_with 14.0.2 "$work/rust.parquet")
new=$(read_with 21.0.0 "$work/rust.parquet")
from_python=$(read_with 14.0.2 "$work/python.parquet")
printf 'polars-io 0.55.2 (Rust): %s\n' "$old" "$new"
printf 'polars 1.31.0 (Python): %s\n' "$from_python"
[[ $old == *"Unrecognized type"* && $new == *": read"* && $from_python == *": read"* ]]
