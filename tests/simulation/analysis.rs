//! A small analysis of its own: the files of a made-up clinic, read back the slow way.

use std::collections::HashMap;

use alliance::simulation::{Clinic, write_outcomes, write_sessions};

/// What the two files say of one client.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub therapist: String,
    pub sessions: usize,
    pub online: usize,
    /// Alliance by session, from session 1.
    pub alliance: Vec<Option<f64>>,
    pub symptom: Vec<Option<f64>>,
    pub technique: Vec<Option<f64>>,
    pub pre: f64,
    pub post: Option<f64>,
    pub diagnosis: String,
    pub treatment: String,
    pub status: String,
}

impl Row {
    pub fn delivery(&self) -> &'static str {
        let online = self.online as f64 / self.sessions as f64;
        if online >= 0.8 {
            "online"
        } else if 1.0 - online >= 0.8 {
            "in_person"
        } else {
            "hybrid"
        }
    }

    pub fn early(&self) -> Option<f64> {
        let ratings: Vec<f64> = self.alliance.iter().take(5).flatten().copied().collect();
        (!ratings.is_empty()).then(|| mean(&ratings))
    }

    /// Early alliance, turned outcome, turned score at intake, of complete clients.
    pub fn complete(&self) -> Option<[f64; 3]> {
        Some([self.early()?, -self.post?, -self.pre])
    }
}

pub fn sessions(clinic: &Clinic) -> String {
    let mut bytes = Vec::new();
    write_sessions(clinic, &mut bytes).expect("a possible clinic");
    String::from_utf8(bytes).expect("UTF-8")
}

pub fn outcomes(clinic: &Clinic) -> String {
    let mut bytes = Vec::new();
    write_outcomes(clinic, &mut bytes).expect("a possible clinic");
    String::from_utf8(bytes).expect("UTF-8")
}

pub fn cells(line: &str) -> Vec<&str> {
    line.split(',').collect()
}

/// The clients of both files; PHQ-9 is the outcome.
pub fn clients(clinic: &Clinic) -> Vec<Row> {
    let mut by_id: HashMap<String, usize> = HashMap::new();
    let mut clients: Vec<Row> = Vec::new();
    let number = |cell: &str| (!cell.is_empty()).then(|| cell.parse::<f64>().expect("a number"));
    for line in sessions(clinic).lines().skip(1) {
        let cell = cells(line);
        let at = *by_id.entry(cell[0].into()).or_insert_with(|| {
            clients.push(Row {
                therapist: cell[1].into(),
                ..Row::default()
            });
            clients.len() - 1
        });
        let client = &mut clients[at];
        client.sessions += 1;
        client.online += usize::from(cell[5] == "online");
        client.alliance.push(number(cell[6]));
        client.technique.push(number(cell[8]));
        client.symptom.push(number(cell[9]));
    }
    for line in outcomes(clinic).lines().skip(1) {
        let cell = cells(line);
        if cell[1] != "PHQ-9" {
            continue;
        }
        let client = &mut clients[by_id[cell[0]]];
        client.pre = number(cell[2]).expect("a score at intake");
        client.post = number(cell[3]);
        client.diagnosis = cell[4].into();
        client.treatment = cell[5].into();
        client.status = cell[6].into();
    }
    clients
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| {
        x.iter()
            .zip(y)
            .map(|(&a, &b)| f(a - mx, b - my))
            .sum::<f64>()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

/// The partial correlation of alliance and outcome given intake, and its number of clients.
pub fn partial<'a>(clients: impl Iterator<Item = &'a Row>) -> (f64, usize) {
    let rows: Vec<[f64; 3]> = clients.filter_map(Row::complete).collect();
    let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<f64>>();
    let (alliance, post, pre) = (column(0), column(1), column(2));
    let (ap, ai, pi) = (
        correlation(&alliance, &post),
        correlation(&alliance, &pre),
        correlation(&post, &pre),
    );
    (
        (ap - ai * pi) / ((1.0 - ai * ai) * (1.0 - pi * pi)).sqrt(),
        rows.len(),
    )
}

/// The share of variance between groups, by the analysis of variance for groups of unequal size.
pub fn intraclass_correlation<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> f64 {
    let mut groups: HashMap<&str, Vec<f64>> = HashMap::new();
    for (group, value) in values {
        groups.entry(group).or_default().push(value);
    }
    let n: f64 = groups.values().map(|g| g.len() as f64).sum();
    let k = groups.len() as f64;
    let grand = groups.values().flatten().sum::<f64>() / n;
    let between: f64 = groups
        .values()
        .map(|g| g.len() as f64 * (mean(g) - grand).powi(2))
        .sum();
    let within: f64 = groups
        .values()
        .map(|g| g.iter().map(|v| (v - mean(g)).powi(2)).sum::<f64>())
        .sum();
    let size = (n - groups
        .values()
        .map(|g| (g.len() as f64).powi(2))
        .sum::<f64>()
        / n)
        / (k - 1.0);
    let (between, within) = (between / (k - 1.0), within / (n - k));
    (between - within) / (between + (size - 1.0) * within)
}

/// Least squares of the last column on the others and a constant, by normal equations.
pub fn slopes(rows: &[Vec<f64>]) -> Vec<f64> {
    let p = rows[0].len();
    let mut system = vec![vec![0.0; p + 1]; p];
    for row in rows {
        let with_constant = |i: usize| if i == 0 { 1.0 } else { row[i - 1] };
        for (i, equation) in system.iter_mut().enumerate() {
            for (j, cell) in equation.iter_mut().enumerate() {
                *cell += with_constant(i) * if j == p { row[p - 1] } else { with_constant(j) };
            }
        }
    }
    for i in 0..p {
        let pivot = system[i].clone();
        for (j, equation) in system.iter_mut().enumerate() {
            if j != i {
                let factor = equation[i] / pivot[i];
                equation
                    .iter_mut()
                    .zip(&pivot)
                    .for_each(|(cell, by)| *cell -= factor * by);
            }
        }
    }
    (0..p).map(|i| system[i][p] / system[i][i]).collect()
}
