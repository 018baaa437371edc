//! PNG from SVG by resvg, with the embedded font only: the same picture on every machine.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::lettering::{REGULAR, SEMIBOLD};

/// Pixels of the picture to the pixel of the figure.
const SCALE: f32 = 2.0;

/// The longest side of a picture in pixels: a figure of hundreds of rows is drawn smaller, not refused.
const LONGEST_SIDE: f32 = 16_000.0;

/// The picture of an SVG as PNG bytes.
pub(super) fn png(svg: &str) -> Vec<u8> {
    let options = Options {
        fontdb: fonts(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).expect("a figure is well-formed SVG");
    let longer = tree.size().width().max(tree.size().height());
    let scale = SCALE.min(LONGEST_SIDE / longer);
    let size = tree
        .size()
        .to_int_size()
        .scale_by(scale)
        .expect("a figure has a size");
    let mut picture = Pixmap::new(size.width(), size.height()).expect("a figure has a size");
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut picture.as_mut(),
    );
    encoded(&picture)
}

/// The picture without transparency, which it does not have; unfiltered rows suit flat colours.
fn encoded(picture: &Pixmap) -> Vec<u8> {
    let opaque = without_alpha(picture.data());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_filter(png::Filter::NoFilter);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&opaque)?;
        writer.finish()
    });
    written.expect("a picture in memory can be encoded");
    bytes
}

/// Red, green and blue of each pixel. Four pixels at a time: one by one they were half of a run that is not optimized.
fn without_alpha(rgba: &[u8]) -> Vec<u8> {
    const PIXEL: u128 = 0x00ff_ffff;
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    let mut fours = rgba.chunks_exact(16);
    for four in &mut fours {
        let four = u128::from_le_bytes(four.try_into().expect("sixteen bytes"));
        let packed = (four & PIXEL)
            | (four >> 8 & PIXEL << 24)
            | (four >> 16 & PIXEL << 48)
            | (four >> 24 & PIXEL << 72);
        rgb.extend_from_slice(&packed.to_le_bytes()[..12]);
    }
    for pixel in fours.remainder().chunks_exact(4) {
        rgb.extend_from_slice(&pixel[..3]);
    }
    rgb
}

/// The embedded fonts, read once.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        for font in [REGULAR, SEMIBOLD] {
            add(&mut fonts, font);
        }
        Arc::new(fonts)
    });
    Arc::clone(fonts)
}

/// Adds a font under the one family name of every figure: SemiBold names itself a family.
fn add(fonts: &mut fontdb::Database, font: &'static [u8]) {
    let ids = fonts.load_font_source(fontdb::Source::Binary(Arc::new(font)));
    for id in ids {
        let mut face = fonts.face(id).expect("the face was just loaded").clone();
        fonts.remove_face(id);
        for (family, _) in &mut face.families {
            *family = "Inter".into();
        }
        fonts.push_face_info(face);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_keeps_its_colours_in_order() {
        for pixels in 0..9u8 {
            let rgba: Vec<u8> = (0..4 * pixels).collect();
            let expected: Vec<u8> = (0..4 * pixels).filter(|byte| byte % 4 < 3).collect();
            assert_eq!(without_alpha(&rgba), expected);
        }
    }
}
