//! Figures: what a reader sees at a glance, drawn from the findings alone.
//!
//! A [`Figure`] is data: it prints as text (its title, its axes, every mark in order), and that
//! text is what tests compare. Rendering is a separate step: SVG by plotters, PNG from that SVG.
//! A figure formats numbers and never computes them.

mod alliance_and_outcome;
mod axis;
mod baujat;
mod bubble;
mod canvas;
mod caterpillar;
mod cbt_technique;
mod change_lines;
mod chart;
mod comparisons;
mod control_charts;
mod control_marks;
mod control_panel;
mod control_signals;
mod courses;
mod early_alliance;
mod effect;
mod empathy;
mod equivalence_panel;
mod flow;
mod forest;
mod forest_plot;
mod forest_rows;
mod funnel;
mod funnel_contours;
mod funnel_parts;
mod growth;
mod hatching;
pub mod ink;
mod item_ends;
mod item_map;
mod items;
mod labels;
mod leave_one_out;
mod lettering;
mod line_names;
mod months;
mod next_session;
mod online_vs_in_person;
mod orchard;
mod panel;
mod phrases;
mod plane;
mod pooled_words;
mod pre_post;
mod profiles;
mod raster;
mod rupture_bars;
mod rupture_counts;
mod rupture_courses;
mod ruptures;
mod score_panel;
mod sensitivity;
mod session_panel;
mod shades;
mod shares;
mod studies_forest;
mod study_plot;
mod study_rows;
mod text_box;
mod three_sessions;
mod three_sessions_words;
mod ticks;
mod unit_funnel_names;
mod unit_funnel_panel;
mod unit_funnels;
mod within_between;

use std::fmt;

pub use chart::DataTable;
pub use lettering::{FAMILY, REGULAR, SEMIBOLD};

use crate::findings::Findings;
use canvas::{Spoken, sheet};
use chart::{Chart, LEFT, RIGHT};
use lettering::Type;

/// The width of every figure in pixels.
pub const WIDTH: f64 = 760.0;

const MARGIN_TOP: f64 = 14.0;
const MARGIN_BOTTOM: f64 = 12.0;
/// Between heading, chart and notes.
const GAP: f64 = 12.0;

/// One figure: the question, the finding in words, and the numbers drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Name of its files, e.g. `forest`.
    pub id: &'static str,
    /// The question it answers.
    pub title: String,
    /// What is shown, of how many clients.
    pub subtitle: String,
    /// One sentence with the finding and n, for those who cannot see the figure.
    pub alt: String,
    /// How to read it, below the chart.
    pub notes: Vec<String>,
    drawing: Drawing,
}

/// The kinds of chart there are.
#[derive(Clone, Debug, PartialEq)]
enum Drawing {
    Flow(flow::FlowDiagram),
    Forest(forest_plot::ForestPlot),
    BinnedScatter(alliance_and_outcome::BinnedScatterPlot),
    Histograms(early_alliance::Histograms),
    Courses(courses::CoursePanels),
    Equivalence(online_vs_in_person::EquivalencePanels),
    Studies(study_plot::StudyPlot),
    Orchard(orchard::OrchardPlot),
    Bubble(bubble::BubblePanels),
    Funnel(funnel::FunnelPlot),
    Baujat(baujat::BaujatPlot),
    Profiles(profiles::ProfilePanels),
    Caterpillar(caterpillar::CaterpillarPanels),
    NextSession(next_session::NextSessionPlot),
    Growth(growth::GrowthPlot),
    Technique(cbt_technique::InteractionPlot),
    ThreeSessions(three_sessions::SessionPanels),
    PrePost(pre_post::PrePostPlot),
    Ruptures(ruptures::RupturePlot),
    Items(items::ItemPlot),
    ControlCharts(control_charts::ControlPanels),
    UnitFunnels(unit_funnels::UnitFunnelPanels),
}

/// The figures there can be; `forest` is of the groups of a clinic or of the studies of a pooling.
pub const IDS: [&str; 31] = [
    "flow",
    "forest",
    "alliance_and_outcome",
    "early_alliance",
    "courses",
    "online_vs_in_person",
    "sensitivity",
    "sites",
    "orchard",
    "bubble",
    "funnel",
    "baujat",
    "leave_one_out",
    "profiles",
    "caterpillar",
    "within_between",
    "next_session",
    "growth",
    "cbt_technique",
    "three_sessions",
    "pre_post",
    "ruptures",
    "empathy",
    "items",
    "change_rates",
    "dropout",
    "ratings",
    "cbt",
    "psychosis",
    "control_charts",
    "funnels",
];

/// The figures of these findings, in the order of the report.
///
/// A figure whose data are missing is not there.
pub fn figures(findings: &Findings) -> Vec<Figure> {
    [
        flow::figure,
        forest::figure,
        studies_forest::studies,
        alliance_and_outcome::figure,
        early_alliance::figure,
        courses::figure,
        online_vs_in_person::figure,
        sensitivity::figure,
        studies_forest::sites,
        orchard::figure,
        bubble::figure,
        funnel::figure,
        baujat::figure,
        leave_one_out::figure,
        profiles::figure,
        caterpillar::figure,
        within_between::figure,
        next_session::figure,
        growth::figure,
        cbt_technique::figure,
        three_sessions::figure,
        pre_post::figure,
        ruptures::figure,
        empathy::figure,
        items::figure,
        shares::change_rates,
        shares::dropout,
        shares::ratings,
        comparisons::cbt,
        comparisons::psychosis,
        control_charts::figure,
        unit_funnels::figure,
    ]
    .into_iter()
    .filter_map(|figure| figure(findings))
    .collect()
}

/// The figures that a quality review looks at: over time, and between units.
pub fn of_monitoring(findings: &Findings) -> Vec<Figure> {
    [control_charts::figure, unit_funnels::figure]
        .into_iter()
        .filter_map(|figure| figure(findings))
        .collect()
}

impl Figure {
    /// The figure as SVG text: always the same bytes for the same findings.
    pub fn svg(&self) -> String {
        let heading = Heading::of(self);
        let notes = self.note_lines();
        let chart = self.chart();
        let top = heading.height() + GAP;
        let notes_top = top + chart.height() + GAP;
        let height = notes_top + notes.len() as f64 * Type::SMALL.leading() + MARGIN_BOTTOM;
        let spoken = Spoken {
            id: self.id,
            title: &self.title,
            alt: &self.alt,
        };
        sheet((WIDTH, height.ceil()), &spoken, |canvas| {
            heading.draw(canvas);
            chart.draw(canvas, top);
            canvas.lines((LEFT, notes_top + Type::SMALL.size), &notes, Type::SMALL);
        })
    }

    /// The figure as PNG at twice its size.
    pub fn png(&self) -> Vec<u8> {
        raster::png(&self.svg())
    }

    /// The numbers drawn, at full precision.
    pub fn data_table(&self) -> DataTable {
        self.chart().table()
    }

    fn note_lines(&self) -> Vec<String> {
        self.notes
            .iter()
            .flat_map(|note| Type::SMALL.lines(note, RIGHT - LEFT))
            .collect()
    }

    fn chart(&self) -> &dyn Chart {
        match &self.drawing {
            Drawing::Flow(chart) => chart,
            Drawing::Forest(chart) => chart,
            Drawing::BinnedScatter(chart) => chart,
            Drawing::Histograms(chart) => chart,
            Drawing::Courses(chart) => chart,
            Drawing::Equivalence(chart) => chart,
            Drawing::Studies(chart) => chart,
            Drawing::Orchard(chart) => chart,
            Drawing::Bubble(chart) => chart,
            Drawing::Funnel(chart) => chart,
            Drawing::Baujat(chart) => chart,
            Drawing::Profiles(chart) => chart,
            Drawing::Caterpillar(chart) => chart,
            Drawing::NextSession(chart) => chart,
            Drawing::Growth(chart) => chart,
            Drawing::Technique(chart) => chart,
            Drawing::ThreeSessions(chart) => chart,
            Drawing::PrePost(chart) => chart,
            Drawing::Ruptures(chart) => chart,
            Drawing::Items(chart) => chart,
            Drawing::ControlCharts(chart) => chart,
            Drawing::UnitFunnels(chart) => chart,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "figure   {}", self.id)?;
        writeln!(f, "title    {}", self.title)?;
        writeln!(f, "subtitle {}", self.subtitle)?;
        writeln!(f, "alt      {}", self.alt)?;
        self.chart().describe(f)?;
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "note     {note}"))
    }
}

/// Title and subtitle, broken into lines.
struct Heading {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Heading {
    fn of(figure: &Figure) -> Heading {
        let width = RIGHT - LEFT;
        Heading {
            title: Type::TITLE.lines(&figure.title, width),
            subtitle: Type::SUBTITLE.lines(&figure.subtitle, width),
        }
    }

    fn title_height(&self) -> f64 {
        MARGIN_TOP + self.title.len() as f64 * Type::TITLE.leading()
    }

    fn height(&self) -> f64 {
        self.title_height() + self.subtitle.len() as f64 * Type::SUBTITLE.leading()
    }

    fn draw(&self, canvas: &canvas::Canvas<'_>) {
        canvas.lines(
            (LEFT, MARGIN_TOP + Type::TITLE.size),
            &self.title,
            Type::TITLE,
        );
        let below = self.title_height() + Type::SUBTITLE.size;
        canvas.lines((LEFT, below), &self.subtitle, Type::SUBTITLE);
    }
}
