//! The drawing itself: well-formed, inside its frame, nothing on top of each other, in few colours.

use std::sync::{Arc, OnceLock};

use alliance::report::figures::{Figure, REGULAR, SEMIBOLD, WIDTH, ink};
use rayon::prelude::*;
use resvg::usvg::{Group, Node, Options, Rect, Tree, fontdb, roxmltree::Document};

use super::{every_figure, figure_of, sample};

/// The tree of an SVG with the embedded fonts under one name, as a page embeds them.
pub fn tree(svg: &str) -> Tree {
    let mut fonts = fontdb::Database::new();
    for font in [REGULAR, SEMIBOLD] {
        for id in fonts.load_font_source(fontdb::Source::Binary(Arc::new(font))) {
            let mut face = fonts.face(id).expect("just loaded").clone();
            fonts.remove_face(id);
            face.families
                .iter_mut()
                .for_each(|family| family.0 = "Inter".into());
            fonts.push_face_info(face);
        }
    }
    let options = Options {
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    Tree::from_str(svg, &options).expect("well-formed SVG")
}

/// Every figure as it is drawn, parsed once for all tests.
fn every_drawing() -> &'static [(&'static str, &'static Figure, Tree)] {
    static DRAWINGS: OnceLock<Vec<(&str, &Figure, Tree)>> = OnceLock::new();
    DRAWINGS.get_or_init(|| {
        let drawn = every_figure().par_iter();
        drawn
            .map(|(name, figure)| (name.as_str(), figure, tree(&figure.svg())))
            .collect()
    })
}

pub fn texts(group: &Group, found: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(inner) => texts(inner, found),
            Node::Text(text) => {
                let words: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                found.push((words, text.abs_bounding_box()));
            }
            _ => {}
        }
    }
}

#[test]
fn every_figure_is_well_formed_and_speaks() {
    for (name, figure) in every_figure() {
        let svg = figure.svg();
        let document = Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let text_of = |tag: &str| {
            let node = root.children().find(|child| child.has_tag_name(tag));
            node.and_then(|node| node.text()).map(str::to_owned)
        };
        assert_eq!(text_of("title"), Some(figure.title.clone()), "{name}");
        assert_eq!(text_of("desc"), Some(figure.alt.clone()), "{name}");
        let drawn = svg.split_once("</desc>").expect("there is a description").1;
        for wrong in ["NaN", "inf\"", "inf ", "inf,", "nan"] {
            assert!(!drawn.contains(wrong), "{name} contains {wrong}");
        }
    }
}

#[test]
fn nothing_lies_outside_the_frame() {
    for (name, _, tree) in every_drawing() {
        let size = tree.size();
        assert_eq!(f64::from(size.width()), WIDTH, "{name}");
        let drawn = tree.root().abs_bounding_box();
        let inside = drawn.left() >= -0.1
            && drawn.top() >= -0.1
            && drawn.right() <= size.width() + 0.1
            && drawn.bottom() <= size.height() + 0.1;
        assert!(inside, "{name}: {drawn:?} in {size:?}");
        let mut words = Vec::new();
        texts(tree.root(), &mut words);
        for (text, place) in words {
            assert!(
                place.left() >= 2.0 && place.right() <= size.width() - 2.0,
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn no_two_texts_touch() {
    for (name, _, tree) in every_drawing() {
        let mut words = Vec::new();
        texts(tree.root(), &mut words);
        for (i, (text, a)) in words.iter().enumerate() {
            for (other, b) in &words[i + 1..] {
                let across = a.right().min(b.right()) - a.left().max(b.left());
                let down = a.bottom().min(b.bottom()) - a.top().max(b.top());
                // Boxes include the room for descenders; lines below each other may share that.
                let touch = across > 0.5 && down > 4.0;
                assert!(
                    !touch,
                    "{name}: {text:?} and {other:?} overlap by {across} × {down}"
                );
            }
        }
    }
}

fn letters_without_a_glyph(group: &Group, found: &mut Vec<String>) {
    for node in group.children() {
        match node {
            Node::Group(inner) => letters_without_a_glyph(inner, found),
            Node::Text(text) => {
                let glyphs = text
                    .layouted()
                    .iter()
                    .flat_map(|span| &span.positioned_glyphs);
                let missing = glyphs.filter(|glyph| glyph.id.0 == 0);
                found.extend(missing.map(|glyph| glyph.text.clone()));
            }
            _ => {}
        }
    }
}

#[test]
fn every_letter_is_in_the_embedded_font() {
    for (name, _, tree) in every_drawing() {
        let mut missing = Vec::new();
        letters_without_a_glyph(tree.root(), &mut missing);
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

#[test]
fn there_are_few_colours_each_written_in_one_way() {
    let few = [
        ink::BACKGROUND,
        ink::INK,
        ink::MUTED,
        ink::GRID,
        ink::BLUE,
        ink::VERMILION,
        ink::GREEN,
        ink::PURPLE,
        ink::SKY,
        ink::COMMON_CAUSE,
        ink::IMPROVEMENT,
        ink::CONCERN,
        ink::NEITHER,
    ]
    .map(ink::hex);
    for (name, figure) in every_figure() {
        let svg = figure.svg();
        let document = Document::parse(&svg).expect("well-formed");
        for node in document.descendants() {
            for colour in ["fill", "stroke"]
                .into_iter()
                .filter_map(|a| node.attribute(a))
            {
                let known = colour == "none" || few.iter().any(|c| c == colour);
                assert!(known, "{name}: {colour}");
            }
        }
    }
}

#[test]
fn squares_lie_where_their_numbers_say() {
    let figure = figure_of(&sample::clinic(), "forest");
    let svg = figure.svg();
    let document = Document::parse(&svg).expect("well-formed");
    let tick = |label: &str| {
        let node = document.descendants().filter(|node| {
            let middle = node.attribute("text-anchor") == Some("middle");
            node.has_tag_name("text") && middle && node.text().map(str::trim) == Some(label)
        });
        let xs: Vec<f64> = node
            .filter_map(|n| n.attribute("x")?.parse().ok())
            .collect();
        assert_eq!(xs.len(), 1, "one tick {label}");
        xs[0]
    };
    let (zero, one_fifth) = (tick("0"), tick(".2"));
    let blue = ink::hex(ink::BLUE);
    let squares: Vec<f64> = document
        .descendants()
        .filter(|node| node.has_tag_name("polygon") && node.attribute("fill") == Some(&blue))
        .map(|node| {
            let points = node.attribute("points").expect("a polygon has points");
            let xs: Vec<f64> = points
                .split_whitespace()
                .map(|p| {
                    p.split(',')
                        .next()
                        .and_then(|x| x.parse().ok())
                        .expect("a number")
                })
                .collect();
            xs.iter().sum::<f64>() / xs.len() as f64
        })
        .collect();
    let table = figure.data_table();
    let (place, kind) = (4, 0);
    let expected: Vec<f64> = table
        .rows
        .iter()
        .filter(|row| row[kind] == "study" && row[1] != "overall")
        .filter_map(|row| row[place].parse().ok())
        .collect();
    assert_eq!(squares.len(), expected.len());
    for (x, r) in squares.iter().zip(expected) {
        let drawn = (x - zero) / (one_fifth - zero) * 0.2;
        assert!((drawn - r).abs() < 0.002, "r = {r} is drawn at {drawn}");
    }
}

#[test]
fn pictures_decode_at_twice_the_size() {
    let drawings = every_drawing().par_iter();
    drawings
        .filter(|(name, ..)| !name.contains("many_rows"))
        .for_each(|(name, figure, tree)| {
            let bytes = figure.png();
            let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes))
                .read_info()
                .expect("a PNG");
            let mut pixels = vec![0; reader.output_buffer_size().expect("it fits in memory")];
            let info = reader.next_frame(&mut pixels).expect("a picture");
            assert_eq!(f64::from(info.width), 2.0 * WIDTH, "{name}");
            assert_eq!(info.height as f32, 2.0 * tree.size().height(), "{name}");
            let ink = pixels
                .chunks(3)
                .filter(|rgb| rgb.iter().all(|&c| c < 60))
                .count();
            assert!(ink > 1000, "{name}: the letters are drawn");
        });
}
