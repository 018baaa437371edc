//! The columns of a Parquet file: what kind each is, from the schema alone.
//!
//! The file's own types hold. The schema that Arrow's writers put beside them adds what Parquet cannot say:
//! the zone of a time, and that a number is a duration.

use std::collections::BTreeMap;

use polars_arrow::datatypes::{ArrowDataType, Field, TimeUnit};
use polars_arrow::temporal_conversions::{parse_offset, parse_offset_tz, timestamp_to_datetime};
use polars_parquet::arrow::read::schema::{
    parquet_to_arrow_schema, read_custom_key_value_metadata, read_schema_from_metadata,
};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::read::{FileMetadata, ParquetType, PhysicalType, PrimitiveLogicalType};

use super::damage::unless_it_panics;

/// Digits that a number can have at most.
const MOST_DIGITS: usize = 76;

/// A column of the file.
pub struct Column {
    pub name: String,
    /// Which of the columns that hold values it is, where it is a single one of them.
    pub leaf: usize,
    pub kind: Kind,
}

/// What a column holds.
pub enum Kind {
    /// Numbers, text, truth: what each value is as text is its own affair.
    Plain(Field),
    /// Text that is not said to be text.
    Bytes(Field),
    /// Numbers with so many digits behind the point.
    Decimal(Field, usize),
    Uuid(Field),
    Day(Field),
    Moment(Field, Clock),
    /// What cannot be used or looked at, in words.
    Other(&'static str),
}

/// How moments become days.
pub struct Clock {
    /// Ticks of a second.
    pub per_second: i64,
    /// Seconds since 1970 in Greenwich to those on the clock of the zone.
    pub local: Box<dyn Fn(i64) -> i64 + Send + Sync>,
    /// Are these moments of Greenwich, whose day elsewhere nobody has said?
    pub is_zone_unknown: bool,
}

/// The columns of a file, in its order.
pub fn columns(metadata: &FileMetadata) -> Vec<Column> {
    let beside = Beside::of(metadata);
    let mut leaf = 0;
    metadata
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let column = Column {
                name: field.name().to_owned(),
                leaf,
                kind: beside.kind(field),
            };
            leaf += leaves(field);
            column
        })
        .collect()
}

fn leaves(field: &ParquetType) -> usize {
    match field {
        ParquetType::PrimitiveType(_) => 1,
        ParquetType::GroupType { fields, .. } => fields.iter().map(leaves).sum(),
    }
}

/// Was the file written by pandas, for which NaN is what an empty cell is elsewhere?
pub fn is_of_pandas(metadata: &FileMetadata) -> bool {
    read_custom_key_value_metadata(metadata.key_value_metadata()).contains_key("pandas")
}

/// What the writers say beside Parquet's schema, by column.
#[derive(Default)]
struct Beside {
    zones: BTreeMap<String, String>,
    durations: Vec<String>,
}

impl Beside {
    fn of(metadata: &FileMetadata) -> Beside {
        let mut texts = read_custom_key_value_metadata(metadata.key_value_metadata());
        let mut beside = Beside::default();
        if let Some(pandas) = texts.get("pandas") {
            beside.add_zones_of_pandas(pandas);
        }
        // An addition: a file without it, or with one that cannot be read, is read as Parquet says.
        let arrow = unless_it_panics(|| read_schema_from_metadata(&mut texts).ok().flatten());
        for (name, field) in arrow.flatten().iter().flat_map(|schema| schema.iter()) {
            match &field.dtype {
                ArrowDataType::Timestamp(_, Some(zone)) => {
                    beside.zones.insert(name.to_string(), zone.to_string());
                }
                ArrowDataType::Duration(_) => beside.durations.push(name.to_string()),
                _ => {}
            }
        }
        beside
    }

    fn add_zones_of_pandas(&mut self, pandas: &str) {
        let Ok(said) = serde_json::from_str::<serde_json::Value>(pandas) else {
            return;
        };
        for column in said["columns"].as_array().into_iter().flatten() {
            let (name, zone) = (&column["name"], &column["metadata"]["timezone"]);
            if let (Some(name), Some(zone)) = (name.as_str(), zone.as_str()) {
                self.zones.insert(name.into(), zone.into());
            }
        }
    }

    fn kind(&self, field: &ParquetType) -> Kind {
        let primitive = match field {
            ParquetType::PrimitiveType(primitive) => primitive,
            ParquetType::GroupType { .. } => return Kind::Other("lists, maps or groups"),
        };
        if primitive.field_info.repetition == Repetition::Repeated {
            return Kind::Other("lists");
        }
        if self.durations.iter().any(|name| name == field.name()) {
            return Kind::Other("durations");
        }
        let schema = parquet_to_arrow_schema(std::slice::from_ref(field));
        let Some((_, field)) = schema.get_at_index(0) else {
            return Kind::Other("nothing");
        };
        self.flat(field, primitive)
    }

    /// The kind of a column of single values.
    fn flat(&self, field: &Field, primitive: &PrimitiveType) -> Kind {
        let is_said = |logical| primitive.logical_type == Some(logical);
        let with = |dtype: ArrowDataType| Field {
            dtype,
            ..field.clone()
        };
        use ArrowDataType::{
            BinaryView, Boolean, Date32, Decimal, Decimal256, FixedSizeBinary, Float16, Float32,
            Float64, Int8, Int16, Int32, Int64, Null, Time32, Time64, Timestamp, UInt8, UInt16,
            UInt32, UInt64, Utf8View,
        };
        match (&field.dtype, primitive.physical_type) {
            _ if is_said(PrimitiveLogicalType::Unknown) => Kind::Plain(with(Null)),
            (BinaryView, _) if is_said(PrimitiveLogicalType::Bson) => {
                Kind::Other("documents (BSON)")
            }
            (BinaryView, _) => Kind::Bytes(field.clone()),
            (Decimal(_, scale), _) if *scale > MOST_DIGITS => Kind::Other("bytes"),
            (Decimal(precision, scale), PhysicalType::FixedLenByteArray(17..)) => {
                Kind::Decimal(with(Decimal256(*precision, *scale)), *scale)
            }
            (Decimal(_, scale), _) => Kind::Decimal(field.clone(), *scale),
            (FixedSizeBinary(16), _) if is_said(PrimitiveLogicalType::Uuid) => {
                Kind::Uuid(field.clone())
            }
            (FixedSizeBinary(2), _) if is_said(PrimitiveLogicalType::Float16) => {
                Kind::Plain(with(Float16))
            }
            (Date32, _) => Kind::Day(field.clone()),
            // The days of its nanoseconds end in 1677 and 2262.
            (Timestamp(..), PhysicalType::Int96) => {
                self.moment(with(Timestamp(TimeUnit::Microsecond, None)), true)
            }
            (Timestamp(_, zone), _) => self.moment(field.clone(), zone.is_some()),
            (Time32(_) | Time64(_), _) => Kind::Other("times of day without a day"),
            (
                Utf8View | Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32
                | UInt64 | Float32 | Float64,
                _,
            ) => Kind::Plain(field.clone()),
            _ => Kind::Other("bytes"),
        }
    }

    fn moment(&self, field: Field, is_of_greenwich: bool) -> Kind {
        let zone = self.zones.get(field.name.as_str()).map(String::as_str);
        let zone = zone.filter(|zone| !["UTC", "+00:00", "Etc/UTC", "Z"].contains(zone));
        let ArrowDataType::Timestamp(unit, _) = &field.dtype else {
            return Kind::Other("bytes");
        };
        let per_second = match unit {
            TimeUnit::Second => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1_000_000,
            TimeUnit::Nanosecond => 1_000_000_000,
        };
        let local = zone.and_then(local_clock);
        let clock = Clock {
            per_second,
            is_zone_unknown: is_of_greenwich && local.is_none(),
            local: local.unwrap_or_else(|| Box::new(|seconds| seconds)),
        };
        Kind::Moment(field, clock)
    }
}

/// The clock of a zone: `Europe/Berlin`, `+02:00`.
fn local_clock(zone: &str) -> Option<Box<dyn Fn(i64) -> i64 + Send + Sync>> {
    if let Ok(zone) = parse_offset_tz(zone) {
        return Some(Box::new(move |seconds| {
            let there = timestamp_to_datetime(seconds, TimeUnit::Second, &zone);
            there.naive_local().and_utc().timestamp()
        }));
    }
    let offset = parse_offset(zone).ok()?;
    Some(Box::new(move |seconds| {
        let there = timestamp_to_datetime(seconds, TimeUnit::Second, &offset);
        there.naive_local().and_utc().timestamp()
    }))
}
