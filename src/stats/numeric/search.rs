//! Searches in one dimension that cannot stop in the wrong place.
//! **Question.** Where is a function of one variable smallest on `[0, ∞)`, and where is it zero?
//! **Method.** A grid that is even in `ln(finest + t)`, refinement of every dip by Brent's methods, and an explicit comparison with 0.
//! **Not.** More than one dimension, and functions that bend on a finer scale than the caller says: a dip between two grid points can be missed.
//! **Sources.** Brent (1973), *Algorithms for Minimization without Derivatives*, chapters 4 and 5. Checked against closed forms below.

/// Where to look: the function bends on no scale finer than `finest` (at `t`: than `finest + t`), and only rises beyond `farthest`.
///
/// For a log-likelihood in a variance, `finest` is the smallest sampling variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Positive.
    pub finest: f64,
    /// The end of the grid; when the function still falls there, the grid goes on.
    pub farthest: f64,
}

/// A global minimum on `[0, ∞)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minimum {
    /// Where it is; exactly 0.0 at the boundary.
    pub at: f64,
    /// The value there.
    pub value: f64,
    /// How often the function (or its slope) was computed.
    pub evaluations: usize,
    /// Is the minimum the boundary 0?
    pub at_boundary: bool,
    /// The next best local minimum, 0 included, when there is one.
    pub competing: Option<f64>,
}

/// Distance of two grid points in `ln(finest + t)`; every weight `1/(v + t)` changes by less than this, relatively.
const STEP: f64 = 0.25;
/// `ln` of the largest double over the step: no grid needs more points.
const MOST_POINTS: usize = 6_000;

impl Scale {
    /// Grid point number `j`; number 0 is 0.
    pub fn point(&self, j: usize) -> f64 {
        self.finest * libm::expm1(STEP * j as f64)
    }

    fn is_usable(&self) -> bool {
        self.finest > 0.0 && self.finest.is_finite() && self.farthest.is_finite()
    }
}

/// The global minimum of a smooth function on `[0, ∞)`; none when a value is NaN or the function never stops falling.
///
/// The place is good to about `1e-8` (the square root of the rounding error); [`minimum_by_slope`] is exact.
///
/// ```
/// use alliance_stats::numeric::search::{Scale, minimum_on_half_line};
/// let scale = Scale { finest: 1.0, farthest: 10.0 };
/// let inside = minimum_on_half_line(|t| (t - 2.0) * (t - 2.0), scale).unwrap();
/// assert!((inside.at - 2.0).abs() < 1e-7 && !inside.at_boundary);
/// let edge = minimum_on_half_line(|t| (t + 2.0) * (t + 2.0), scale).unwrap();
/// assert!(edge.at == 0.0 && edge.at_boundary && edge.competing.is_none());
/// ```
pub fn minimum_on_half_line(
    mut objective: impl FnMut(f64) -> f64,
    scale: Scale,
) -> Option<Minimum> {
    if !scale.is_usable() {
        return None;
    }
    let mut evaluations = 0;
    let mut value = |t: f64| {
        evaluations += 1;
        objective(t)
    };
    let mut grid = Vec::new();
    for j in 0..MOST_POINTS {
        let at = scale.point(j);
        let here = value(at);
        if here.is_nan() || !at.is_finite() {
            return None;
        }
        grid.push((at, here));
        if j >= 2 && at >= scale.farthest && here > grid[j - 1].1 {
            break;
        }
    }
    let (zero, next) = (grid[0].1, grid[1]);
    let mut inside = Vec::new();
    for j in 0..grid.len() - 1 {
        let before = if j == 0 { f64::INFINITY } else { grid[j - 1].1 };
        if grid[j].1 < before && grid[j].1 <= grid[j + 1].1 {
            let low = grid[j.saturating_sub(1)].0;
            let dip = brent_minimum(&mut value, low, grid[j + 1].0);
            // A search that ran into 0 has found 0 itself.
            if dip.0 > next.0 || lower(dip.1, zero) {
                inside.push(dip);
            }
        }
    }
    // Does the function rise from 0, if only for a moment?
    let near = 1e-3 * next.0;
    let zero_is_local = value(near) >= zero && !inside.iter().any(|dip| dip.0 <= near);
    Some(best(zero, zero_is_local, inside, evaluations))
}

/// The global minimum of a function on `[0, ∞)` from its slope, to full precision.
///
/// `value` is computed only where several local minima must be compared, and once at the end. None as above.
///
/// ```
/// use alliance_stats::numeric::search::{Scale, minimum_by_slope};
/// // t⁴/4 − t³ + t²: minima at 0 and 2, a hump at 1; tilted so that 2 is the lower one
/// let slope = |t: f64| t * t * t - 3.0 * t * t + 2.0 * t - 0.01;
/// let value = |t: f64| t.powi(4) / 4.0 - t.powi(3) + t * t - 0.01 * t;
/// let found = minimum_by_slope(slope, value, Scale { finest: 0.1, farthest: 5.0 }).unwrap();
/// assert!((found.at - 2.005).abs() < 1e-3 && found.competing.is_some());
/// assert!(slope(found.at).abs() < 1e-14);
/// ```
pub fn minimum_by_slope(
    mut slope: impl FnMut(f64) -> f64,
    value: impl FnMut(f64) -> f64,
    scale: Scale,
) -> Option<Minimum> {
    if !scale.is_usable() {
        return None;
    }
    let mut evaluations = 0;
    let mut counted = |t: f64| {
        evaluations += 1;
        slope(t)
    };
    let brackets = rising_brackets(&mut counted, scale)?;
    let found = minimum_within(&brackets, counted, value)?;
    Some(Minimum {
        evaluations: evaluations + found.evaluations,
        ..found
    })
}

/// The lowest of the minima that `brackets` hold; its `evaluations` counts only the values.
pub fn minimum_within(
    brackets: &Brackets,
    mut slope: impl FnMut(f64) -> f64,
    mut value: impl FnMut(f64) -> f64,
) -> Option<Minimum> {
    let mut inside = Vec::with_capacity(brackets.inside.len());
    for &[low, high] in &brackets.inside {
        inside.push((root_between(&mut slope, low, high)?, 0.0));
    }
    if inside.len() + usize::from(brackets.at_zero) == 1 {
        let at = inside.first().map_or(0.0, |dip| dip.0);
        return Some(Minimum {
            at,
            value: finite(value(at))?,
            evaluations: 1,
            at_boundary: at == 0.0,
            competing: None,
        });
    }
    let zero = finite(value(0.0))?;
    for dip in &mut inside {
        dip.1 = finite(value(dip.0))?;
    }
    let evaluations = inside.len() + 1;
    Some(best(zero, brackets.at_zero, inside, evaluations))
}

/// Where a slope turns from falling to rising: brackets of the local minima.
#[derive(Debug, Clone, PartialEq)]
pub struct Brackets {
    /// Is 0 a local minimum: does the function rise (or stay level) from there?
    pub at_zero: bool,
    /// Neighbouring grid points with a minimum between them, each with its slope.
    pub inside: Vec<[(f64, f64); 2]>,
}

/// Looks at the slope on the whole grid of `scale`; none when it is NaN or negative for ever.
pub fn rising_brackets(mut slope: impl FnMut(f64) -> f64, scale: Scale) -> Option<Brackets> {
    let mut slopes = Vec::new();
    for j in 0..MOST_POINTS {
        let at = scale.point(j);
        let here = finite(slope(at))?;
        slopes.push((at, here));
        if at >= scale.farthest && here >= 0.0 {
            return brackets_of(&slopes);
        }
        finite(at)?;
    }
    None
}

/// Brackets from slopes at ascending places, the first at 0; none unless the last slope is finite and not negative.
///
/// ```
/// use alliance_stats::numeric::search::brackets_of;
/// let found = brackets_of(&[(0.0, 1.0), (1.0, -1.0), (2.0, 3.0)]).unwrap();
/// assert!(found.at_zero && found.inside == [[(1.0, -1.0), (2.0, 3.0)]]);
/// ```
pub fn brackets_of(slopes: &[(f64, f64)]) -> Option<Brackets> {
    let (first, last) = (slopes.first()?, slopes.last()?);
    if slopes.iter().any(|s| !s.1.is_finite()) || last.1 < 0.0 {
        return None;
    }
    let inside = slopes.windows(2).filter_map(|pair| {
        let (before, after) = (pair[0], pair[1]);
        (before.1 < 0.0 && after.1 >= 0.0).then_some([before, after])
    });
    Some(Brackets {
        at_zero: first.1 >= 0.0,
        inside: inside.collect(),
    })
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Is the first value lower by more than rounding?
fn lower(value: f64, than: f64) -> bool {
    value < than - 4.0 * f64::EPSILON * than.abs()
}

/// The lowest of 0 and the dips inside; 0 wins unless a dip is lower by more than rounding.
fn best(
    zero: f64,
    zero_is_local: bool,
    mut inside: Vec<(f64, f64)>,
    evaluations: usize,
) -> Minimum {
    inside.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
    let first = inside.first().copied();
    let winner = first.filter(|dip| !zero_is_local || lower(dip.1, zero));
    let (at, value, competing) = match winner {
        None => (0.0, zero, first.map(|dip| dip.0)),
        Some((at, value)) => {
            let second = inside.get(1).copied();
            let competing = match second {
                Some(dip) if !zero_is_local || dip.1 < zero => Some(dip.0),
                _ => zero_is_local.then_some(0.0),
            };
            (at, value, competing)
        }
    };
    Minimum {
        at,
        value,
        evaluations,
        at_boundary: at == 0.0,
        competing,
    }
}

/// Brent's minimum of `f` between `low` and `high`, with the value there.
fn brent_minimum(mut f: impl FnMut(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    const GOLDEN: f64 = 0.381_966_011_250_105_1;
    // Below √ε the values themselves no longer differ.
    const RELATIVE: f64 = 1e-9;
    let (mut a, mut b) = (low, high);
    let mut x = a + GOLDEN * (b - a);
    let mut fx = f(x);
    let (mut w, mut fw, mut v, mut fv) = (x, fx, x, fx);
    let (mut step, mut before_last) = (0.0_f64, 0.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (a + b);
        let tolerance = RELATIVE * x.abs() + 1e-12 * (high - low);
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (b - a) {
            break;
        }
        let mut golden = true;
        if before_last.abs() > tolerance {
            let r = (x - w) * (fx - fv);
            let mut q = (x - v) * (fx - fw);
            let mut p = (x - v) * q - (x - w) * r;
            q = 2.0 * (q - r);
            if q > 0.0 {
                p = -p;
            }
            q = q.abs();
            if p.abs() < (0.5 * q * before_last).abs() && p > q * (a - x) && p < q * (b - x) {
                before_last = step;
                step = p / q;
                let at = x + step;
                if at - a < 2.0 * tolerance || b - at < 2.0 * tolerance {
                    step = if x < middle { tolerance } else { -tolerance };
                }
                golden = false;
            }
        }
        if golden {
            before_last = if x < middle { b - x } else { a - x };
            step = GOLDEN * before_last;
        }
        let at = if step.abs() >= tolerance {
            x + step
        } else {
            x + if step > 0.0 { tolerance } else { -tolerance }
        };
        let value = f(at);
        if value <= fx {
            if at < x {
                b = x
            } else {
                a = x
            }
            (v, fv, w, fw, x, fx) = (w, fw, x, fx, at, value);
        } else {
            if at < x {
                a = at
            } else {
                b = at
            }
            if value <= fw || w == x {
                (v, fv, w, fw) = (w, fw, at, value);
            } else if value <= fv || v == x || v == w {
                (v, fv) = (at, value);
            }
        }
    }
    (x, fx)
}

/// The zero of `f` between `low` and `high` to full precision; none unless `f` has opposite signs there.
///
/// ```
/// use alliance_stats::numeric::search::root;
/// assert!((root(|x| x * x - 2.0, 0.0, 2.0).unwrap() - 2f64.sqrt()).abs() < 1e-15);
/// assert_eq!(root(|x| x * x + 2.0, 0.0, 2.0), None);
/// ```
pub fn root(mut f: impl FnMut(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    let (at_low, at_high) = (f(low), f(high));
    root_between(f, (low, at_low), (high, at_high))
}

/// As [`root`], when the values at both ends are known: pairs of place and value.
pub fn root_between(
    mut f: impl FnMut(f64) -> f64,
    low: (f64, f64),
    high: (f64, f64),
) -> Option<f64> {
    let ((mut a, mut fa), (mut b, mut fb)) = (low, high);
    if fa == 0.0 {
        return Some(a);
    }
    if fb == 0.0 {
        return Some(b);
    }
    if fa.is_nan() || fb.is_nan() || (fa > 0.0) == (fb > 0.0) {
        return None;
    }
    let (mut c, mut fc) = (a, fa);
    let (mut step, mut last) = (b - a, b - a);
    for _ in 0..400 {
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            step = b - a;
            last = step;
        }
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let tolerance = f64::EPSILON * b.abs() + f64::MIN_POSITIVE;
        let middle = 0.5 * (c - b);
        if middle.abs() <= tolerance || fb == 0.0 {
            return Some(b);
        }
        if last.abs() >= tolerance && fa.abs() > fb.abs() {
            let s = fb / fa;
            let (mut p, mut q) = if a == c {
                (2.0 * middle * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (
                    s * (2.0 * middle * q * (q - r) - (b - a) * (r - 1.0)),
                    (q - 1.0) * (r - 1.0) * (s - 1.0),
                )
            };
            if p > 0.0 {
                q = -q
            }
            p = p.abs();
            if 2.0 * p < (3.0 * middle * q - (tolerance * q).abs()).min((last * q).abs()) {
                last = step;
                step = p / q;
            } else {
                step = middle;
                last = step;
            }
        } else {
            step = middle;
            last = step;
        }
        (a, fa) = (b, fb);
        b += if step.abs() > tolerance {
            step
        } else if middle > 0.0 {
            tolerance
        } else {
            -tolerance
        };
        fb = f(b);
        if fb.is_nan() {
            return None;
        }
    }
    Some(b)
}

/// The zero of `f` above `low`: the bracket starts with `low..start` and grows until the sign changes, so no limit is ever returned.
///
/// ```
/// use alliance_stats::numeric::search::root_above;
/// let far = root_above(|x| 1e12 - x, 0.0, 1.0).unwrap();
/// assert!((far / 1e12 - 1.0).abs() < 1e-15);
/// ```
pub fn root_above(mut f: impl FnMut(f64) -> f64, low: f64, start: f64) -> Option<f64> {
    let at_low = f(low);
    if at_low == 0.0 {
        return Some(low);
    }
    let (mut from, mut width) = ((low, at_low), start - low);
    while width > 0.0 && width.is_finite() {
        let to = low + width;
        let here = f(to);
        if here.is_nan() {
            return None;
        }
        if here == 0.0 || (here > 0.0) != (at_low > 0.0) {
            return root_between(f, from, (to, here));
        }
        from = (to, here);
        width *= 4.0;
    }
    None
}
