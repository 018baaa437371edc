//! What stands beside the marks and the lines of a funnel of units.

use super::canvas::{Canvas, Frame, Stroke};
use super::ink::{INK, MUTED};
use super::labels::{Placed, Wanted, beside};
use super::lettering::Type;
use super::line_names::{self, LineName};
use super::panel::Panel;
use super::unit_funnel_panel::{LIMITS, TARGET, UnitFunnelPanel, share};
use crate::findings::monitoring::FunnelUnit;

/// How wide the name of a unit may be, the less the more names there are.
const WIDEST: [f64; 3] = [190.0, 120.0, 76.0];
/// Between two places of a curve that labels keep off.
const NEAR: f64 = 9.0;

impl UnitFunnelPanel {
    /// Names beside the marks of units, on no other mark and, where there is room, on no curve.
    pub fn name_units(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, frame: Frame) {
        let face = Type::SMALL.ink(INK);
        let at = |unit: &FunnelUnit| panel.at(unit.place() as f64, unit.share);
        let wanted: Vec<Wanted<'_>> = self
            .named()
            .map(|(unit, text)| Wanted { text, at: at(unit) })
            .collect();
        let marks: Vec<(f64, f64)> = self.data.units.iter().map(at).collect();
        let mut taken = marks.clone();
        taken.extend(self.curves(panel));
        let all = |placed: &Vec<Placed>| placed.len() == wanted.len();
        let attempts = WIDEST.map(|widest| (taken.as_slice(), widest));
        let placed = attempts
            .into_iter()
            .chain([(marks.as_slice(), WIDEST[2])])
            .map(|(taken, widest)| beside(&wanted, taken, frame, face, widest))
            .reduce(|best, next| {
                if all(&best) || next.len() <= best.len() {
                    best
                } else {
                    next
                }
            });
        for name in placed.into_iter().flatten() {
            if let Some(leader) = name.leader {
                canvas.line(&leader, Stroke::new(MUTED, 0.8));
            }
            canvas.text(name.at, &name.text, face);
        }
    }

    /// Places in pixels along the limits and the target.
    fn curves(&self, panel: &Panel<'_>) -> Vec<(f64, f64)> {
        let (low, high) = self.plane.x.span();
        let target = [(low, self.data.target), (high, self.data.target)];
        let limits = LIMITS.map(|limit| {
            let curve = self.data.limits.iter();
            curve
                .map(|at| (at.n as f64, limit.0(at)))
                .collect::<Vec<_>>()
        });
        let mut places = Vec::new();
        for curve in limits.into_iter().chain([target.to_vec()]) {
            for pair in curve.windows(2) {
                let [from, to] = [pair[0], pair[1]].map(|(n, share)| panel.at(n, share));
                let length = libm::hypot(to.0 - from.0, to.1 - from.1);
                let steps = (length / NEAR).ceil().max(1.0);
                places.extend((0..=steps as u32).map(|i| {
                    let along = f64::from(i) / steps;
                    (
                        from.0 + along * (to.0 - from.0),
                        from.1 + along * (to.1 - from.1),
                    )
                }));
            }
        }
        places
    }

    /// The names of the lines right of the frame.
    pub fn name_lines(&self, canvas: &Canvas<'_>, panel: &Panel<'_>, frame: Frame) {
        let height = |share: f64| panel.at(0.0, share).1;
        let all = format!("all {}s {}", self.data.unit, share(self.data.target));
        let mut names = vec![LineName {
            y: height(self.data.target),
            name: all,
            stroke: TARGET,
        }];
        if let Some(last) = self.data.limits.last() {
            names.extend(LIMITS.map(|(limit, stroke, name)| LineName {
                y: height(limit(last)),
                name: name.into(),
                stroke,
            }));
        }
        line_names::draw(canvas, names, frame);
    }
}
