//! The few colours of every figure: four neutral ones that a page may recolour, Okabe–Ito, and those
//! by which reviews know control charts.
//!
//! A colour is never the only carrier: marker, line style or a direct label says the same.

use plotters::style::RGBColor;

/// The paper; written `#FFFFFF`.
pub const BACKGROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Titles, labels, axes and the study's own overall result; written `#1A1A1A`.
pub const INK: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
/// Subtitles, notes and tick labels; written `#5A5A5A`.
pub const MUTED: RGBColor = RGBColor(0x5A, 0x5A, 0x5A);
/// Grid lines; written `#E3E3E3`.
pub const GRID: RGBColor = RGBColor(0xE3, 0xE3, 0xE3);

/// Okabe–Ito blue: the study's own results.
pub const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// Okabe–Ito vermilion: the second group; published results.
pub const VERMILION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// Okabe–Ito bluish green: the third group.
pub const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
/// Okabe–Ito reddish purple: the fourth group.
pub const PURPLE: RGBColor = RGBColor(0xCC, 0x79, 0xA7);
/// Okabe–Ito sky blue: zones and bands.
pub const SKY: RGBColor = RGBColor(0x56, 0xB4, 0xE9);

/// Making data count (NHS England): a point that chance explains; written `#A6A6A6`.
pub const COMMON_CAUSE: RGBColor = RGBColor(0xA6, 0xA6, 0xA6);
/// Making data count: a signal of improvement; written `#00B0F0`.
pub const IMPROVEMENT: RGBColor = RGBColor(0x00, 0xB0, 0xF0);
/// Making data count: a signal of concern; written `#E46C0A`.
pub const CONCERN: RGBColor = RGBColor(0xE4, 0x6C, 0x0A);
/// Making data count: a signal without a good direction; written `#490092`.
pub const NEITHER: RGBColor = RGBColor(0x49, 0x00, 0x92);

/// A colour as it is written in every SVG: `#1A1A1A`.
pub fn hex(colour: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}
