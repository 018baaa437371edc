//! A review as JUnit XML, which CI systems show: a rule is a test case, a hold a failure.

use super::{Review, Verdict};
use crate::study::text::readable;

/// The review as JUnit XML.
pub fn junit(review: &Review) -> String {
    let held = review.judgements.iter().filter(|j| j.holds).count();
    let untold = |j: &&super::Judgement| j.verdict == Verdict::CannotTell && !j.holds;
    let skipped = review.judgements.iter().filter(untold).count() + review.not_judged.len();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!(
        "<testsuites><testsuite name=\"alliance review {}\" tests=\"{}\" failures=\"{held}\" errors=\"0\" skipped=\"{skipped}\">\n",
        escaped(&review.name),
        review.judgements.len() + review.not_judged.len()
    ));
    for j in &review.judgements {
        xml.push_str(&format!(
            "  <testcase classname=\"{}\" name=\"{}\">",
            escaped(&review.name),
            escaped(&j.rule)
        ));
        let message = escaped(&j.sentence);
        if j.holds {
            xml.push_str(&format!(
                "<failure type=\"{}\" message=\"{message}\">{}</failure>",
                j.verdict.in_words(),
                escaped(&j.reason)
            ));
        } else if j.verdict == Verdict::CannotTell {
            xml.push_str(&format!("<skipped message=\"{message}\"/>"));
        } else {
            xml.push_str(&format!("<system-out>{message}</system-out>"));
        }
        xml.push_str("</testcase>\n");
    }
    for rule in &review.not_judged {
        xml.push_str(&format!(
            "  <testcase classname=\"{}\" name=\"{}\"><skipped message=\"switched off by the policy\"/></testcase>\n",
            escaped(&review.name),
            escaped(rule)
        ));
    }
    xml.push_str("</testsuite></testsuites>\n");
    readable(&xml).into_owned()
}

/// Text as XML can hold it.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".into(),
            '<' => "&lt;".into(),
            '>' => "&gt;".into(),
            '"' => "&quot;".into(),
            c => c.to_string(),
        })
        .collect()
}
