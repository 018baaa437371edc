//! How strongly does the therapeutic alliance go with outcome, by modality?
//!
//! `alliance` reads anonymized session and outcome files and writes a report that a clinic's
//! quality review can act on. This page is the map of the house.
//!
//! # Floors
//!
//! Every module is a floor; a floor uses only floors below it; the data climb the stairs once.
//! `tests/floors.rs` keeps it so.
//!
//! | floor | what it does | uses |
//! |---|---|---|
//! | [`stats`] | pure numbers: slices in, small structs out; a crate of its own, optimized in every build | nothing |
//! | [`study`] | what is asked: study file, questionnaires, groups, published results | nothing |
//! | [`findings`] | what is answered: the archived format, and which counts may be shown | study |
//! | [`intake`] | files become validated rows, or every problem with its place | study, stats |
//! | [`features`] | sessions become one row per client, clients become groups | intake, study, stats |
//! | [`simulation`] | a made-up clinic with known truth | study |
//! | [`questions`] | one clinical question per file: features and statistics become findings | all above |
//! | [`report`] | findings become figures, tables, pages | findings, study |
//! | [`review`] | findings are judged and compared with the last review | report, findings, study, stats |
//! | [`commands`], [`cli`] | one file per verb; no mathematics | everything |
//!
//! ```text
//! study.toml ──► Study ─────────┬──────────────┬─────────────┐
//! sessions.csv ► intake ─► features ─► questions ─► Findings ─► report ─► reports/<study>/
//! outcomes.csv   │ problems              ▲ stats     ▲
//! effects.csv ───┴──────────────► pooling ───────────┤  (`alliance meta`)
//!                ▼                                   └ findings.json: `alliance report` starts here
//!              exit 3
//! ```
//!
//! Two boundaries carry the rest. `stats` returns its own small structs, and `questions` turns them
//! into findings: an internal rename never changes a clinic's archive. `report` sees findings only,
//! so every chart can be redrawn without client data.
//!
//! # Decisions, and why
//!
//! - **Sessions are scanned by our own reader, tables are polars.** A CSV reader for data frames
//!   accepts ragged rows, swapped columns and NaN, and cannot say on which line a fault is; a clinic
//!   needs exactly that. The scanner reads byte ranges in parallel (the csv crate takes over when
//!   there are quotes) and reduces each client as its rows pass, so memory holds clients, not
//!   sessions. Clients, outcomes, joins, sorts and Parquet are polars.
//! - **polars without its `lazy` feature, Parquet through `polars-io`.** The facade's `lazy`, `csv`
//!   and `parquet` features put an HTTP stack into the lock file. Clinical data stay on the machine:
//!   there is no HTTP client, TLS library or object store in it, and a test on the lock file.
//!   (polars' thread pool brings tokio, which is never given a socket.)
//! - **Parquet is read array by array, below the data frames of polars.** A frame panics on types that its
//!   features do not name (categories, decimals, maps), and every build pays for each feature; the arrays hold
//!   them all, and a cell becomes the text that a CSV file would have.
//! - **An input is opened once, and a checksum of each block that was read is kept** (`intake::source`). An
//!   export may still be written: the digest is of what was analysed, or nothing is.
//! - **SVG by plotters, PNG from that SVG.** plotters' bitmap backend spaces letters badly.
//! - **Reductions are merged in file order, replicates collected in order.** The same files give
//!   the same bytes on one thread or many. There is no clock, path or host name in any output.
//! - **Clients are sorted by id before anything is computed**, so the order of rows changes nothing
//!   but the last digits of the course means.
//!
//! - **Mixed models are fitted from sums per group.** One pass over the rows, sums that can be merged between
//!   files and sites, exact derivatives; what the crates at hand do not have. Scores are kept session by
//!   session (24 bytes a session) for the questions that need their order.
//! - **A report is held against the one before it by findings alone** ([`findings::earlier`]). The rows of last
//!   month are not there any more, and a list of who was in it must not be kept: the growth of the printed
//!   numbers of clients is what a reader has, too. What is left out is remembered as it was shown last; a point
//!   of a chart that may not be renewed is shown as it was.
//! - **Means in figures are coarse** (`questions::counts::blurred`). An exact mean of whole scores gives away of how
//!   many it is, and two of nearly the same clients the score of the one between them. How many clients lack an
//!   answer is no secret: the numbers of clients that stand with every estimate tell it.
//! - **Pooling is our own code.** No crate has three-level models with robust errors; the closed forms per
//!   study need no k × k matrix, so a fit of a thousand effects takes less than a millisecond, and the
//!   searches are global and say how they ended. Small dense matrices are nalgebra, without its
//!   `matrixmultiply`, whose results depend on the processor.
//!
//! # Glossary
//!
//! | word | meaning here |
//! |---|---|
//! | client, session, therapist, site | as in the clinic |
//! | alliance | the client's rating of the therapeutic relationship |
//! | early alliance | mean of a client's ratings in the study's window (sessions 1–5) |
//! | outcome | the score of a symptom or functioning measure before (`pre`) and after (`post`) treatment |
//! | measure | a questionnaire |
//! | oriented | turned so that higher is better; then a positive r means: better alliance, better outcome |
//! | modality | delivery (online, in person, hybrid), treatment, diagnosis; each has levels |
//! | group | clients chosen by a rule, such as `cbt` |
//! | complete client | has an early alliance and both scores; n counts these |
//! | estimate | one number with its uncertainty, under a stable id |
//! | finding, answer | what a question found |
//! | effect | one correlation of one study, as Fisher's z |
//! | pooled | the value of many effects together |
//! | suppressed | not shown because it would point at fewer clients than the minimum cell |

#![forbid(unsafe_code)]

pub mod cli;
pub mod commands;
pub mod features;
pub mod findings;
pub mod intake;
pub mod questions;
pub mod report;
pub mod review;
pub mod simulation;
pub mod study;

pub use alliance_stats as stats;
