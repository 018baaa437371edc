//! Refusals that lead out: what real exports bring, said once, with what to do.

use std::fmt::Write;

use crate::shared::Clinic;

fn outcomes(clients: &[&str]) -> String {
    let rows = clients.iter().enumerate();
    let rows = rows.map(|(i, id)| format!("{id},PHQ-9,{},{}\n", 12 + i % 9, i * 5 % 14));
    format!("client_id,measure,pre,post\n{}", rows.collect::<String>())
}

/// What `check` says, in lines; the last one counts.
fn said(clinic: &Clinic) -> Vec<String> {
    let run = clinic.check();
    assert_eq!(run.code, 3, "{run:?}");
    run.stderr.lines().map(str::to_owned).collect()
}

#[track_caller]
fn accepted(clinic: &Clinic) {
    let run = clinic.check();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_second_treatment_is_told_once_with_how_to_go_on() {
    let mut sessions = String::from("client_id,session,date,alliance\n");
    let mut row = |id: &str, session: u32, day: &str, rating: u32| {
        writeln!(sessions, "{id},{session},{day},{rating}").unwrap();
    };
    for id in ["A", "B", "C", "D", "E", "F"] {
        for week in 1..=4 {
            row(id, week, &format!("2024-02-{:02}", 7 * week), 30 + week);
        }
    }
    // Two come again in the autumn, one of them where the rows stand apart.
    for id in ["F", "B"] {
        for week in 1..=3 {
            row(id, week, &format!("2024-10-{:02}", 7 * week), 40 + week);
        }
    }
    let ids = ["A", "B", "C", "D", "E", "F"];
    let twice = outcomes(&ids) + "F,PHQ-9,21,3\nB,PHQ-9,20,4\n";
    assert_eq!(
        said(&Clinic::of(&sessions, twice)),
        [
            "sessions.csv:26:2: session: treatments begin again: 2 clients have a second one, whose sessions count from 1 anew; expected one treatment per client",
            "  hint: give each treatment a client code of its own in both files, such as 17-1 and 17-2 for the two of client 17; each is then analysed like a client",
            "outcomes.csv:8:2: measure: 2 clients have two rows of the same questionnaire with other scores, as of a second treatment; expected one treatment per client",
            "  hint: give each treatment a client code of its own in both files, such as 17-1 and 17-2 for the two of client 17; each is then analysed like a client; where it is a mistake, keep the row that is right",
            "2 problems in 2 files; nothing was analysed.",
        ]
    );
    // What the hint says works.
    let renamed = sessions
        .replace("F,1,2024-10", "F-2,1,2024-10")
        .replace("F,2,2024-10", "F-2,2,2024-10")
        .replace("F,3,2024-10", "F-2,3,2024-10")
        .replace("B,1,2024-10", "B-2,1,2024-10")
        .replace("B,2,2024-10", "B-2,2,2024-10")
        .replace("B,3,2024-10", "B-2,3,2024-10");
    accepted(&Clinic::of(
        renamed,
        outcomes(&ids) + "F-2,PHQ-9,21,3\nB-2,PHQ-9,20,4\n",
    ));
}

#[test]
fn rows_that_are_there_twice_are_no_second_treatment() {
    let rows = ["A,1,40", "A,2,41", "A,3,42"];
    for (order, problems) in [
        // The whole client was pasted in twice.
        (vec![0, 1, 2, 0, 1, 2], 3),
        // One session was entered again.
        (vec![0, 1, 2, 2], 1),
        (vec![0, 0, 1, 2], 1),
    ] {
        let text: String = order.iter().map(|i| format!("{}\n", rows[*i])).collect();
        let sessions = format!("client_id,session,alliance\n{text}");
        let said = said(&Clinic::of(sessions, outcomes(&["A"])));
        let twice = said
            .iter()
            .filter(|line| line.ends_with("of this client is there twice"));
        assert_eq!(twice.count(), problems, "{said:?}");
    }
}

#[test]
fn codes_that_a_spreadsheet_changed_are_told_without_showing_one_or_leaving_anybody_out() {
    let sessions = |ids: &[&str]| {
        let rows = ids.iter().map(|id| format!("{id},1,40\n"));
        format!("client_id,session,alliance\n{}", rows.collect::<String>())
    };
    for (ours, theirs, told) in [
        (
            vec!["0417", "0033", "0591"],
            vec!["417", "33", "591"],
            "3 clients are in both files under codes that differ by zeros in front, as 001 and 1 do",
        ),
        (
            vec!["417", "33"],
            vec!["417.0", "33.0"],
            "2 clients are in both files under codes that differ by decimals, as 17 and 17.0 do",
        ),
        (
            vec!["x417"],
            vec!["X417"],
            "1 client is in both files under codes that differ by capital letters, as k17 and K17 do",
        ),
        (
            vec!["4.17E+15"],
            vec!["4170000000000033"],
            "1 client is under a code in the form 2.02E+14: a spreadsheet took a long number for one, and the digits are gone",
        ),
    ] {
        let said = said(&Clinic::of(sessions(&ours), outcomes(&theirs)));
        assert_eq!(said[0], format!("sessions.csv:2:1: client_id: {told}"));
        assert!(said[1].starts_with("  hint: "), "{said:?}");
        assert_eq!(
            said.last().map(String::as_str),
            Some("1 problem in 1 file; nothing was analysed.")
        );
        let all = said.join("\n");
        assert!(
            !all.contains("exclude") && !all.contains("417") && !all.contains("591"),
            "{all}"
        );
    }
    // A real orphan beside them keeps its hint.
    let said = said(&Clinic::of(sessions(&["07", "q"]), outcomes(&["7"])));
    assert!(
        said.iter().any(|line| line.contains("no outcome row")),
        "{said:?}"
    );
    assert!(said.join("\n").contains("--exclude-orphans"));
}

#[test]
fn a_wide_file_is_called_one_with_how_to_turn_it() {
    let sessions = "client,ors1,ors2,ors3,ors4\nA,20,24,27,30\n";
    let wide = "code;bdi_t0;bdi_t1\nA;20;11\n";
    let both = said(&Clinic::of(sessions, wide));
    let problems: Vec<&String> = both
        .iter()
        .filter(|line| line.contains("one row per client"))
        .collect();
    assert_eq!(problems.len(), 2, "{both:?}");
    assert!(
        problems[0].contains("with columns such as ors1 … ors4; expected one row per session"),
        "{both:?}"
    );
    assert!(
        problems[1].contains("bdi_t0 … bdi_t1; expected one row per client and questionnaire"),
        "{both:?}"
    );
    assert_eq!(
        both.iter()
            .filter(|line| line.contains("pivot_longer"))
            .count(),
        2,
        "{both:?}"
    );
    assert!(
        !both
            .iter()
            .any(|line| line.contains("column \"session\" is missing")),
        "{both:?}"
    );
}

#[test]
fn the_rows_in_which_qualtrics_describes_its_columns_are_passed_over() {
    let texts = "\"Your code\",\"Number of the session\nas on the card\",\"How was it, in all?\"\n";
    let ids = "\"{\"\"ImportId\"\":\"\"QID11_TEXT\"\"}\",\"{\"\"ImportId\"\":\"\"QID12\"\"}\",\"{\"\"ImportId\"\":\"\"SC_1\"\"}\"\n";
    let sessions = format!("client_id,session,alliance\n{texts}{ids}A,1,40\nA,2,4x\n");
    let said = said(&Clinic::of(&sessions, outcomes(&["A"])));
    assert_eq!(
        said[0],
        "sessions.csv:6:3: alliance: found 4x, expected a number"
    );
    assert_eq!(said.len(), 2, "{said:?}");
    accepted(&Clinic::of(sessions.replace("4x", "44"), outcomes(&["A"])));
    accepted(&Clinic::of(
        sessions.replace("4x", "44").replace('\n', "\r\n"),
        outcomes(&["A"]),
    ));
}

#[test]
fn sessions_that_all_lie_beyond_the_window_are_asked_about() {
    let running = |first: u32| {
        let mut text = String::from("client_id,session,alliance\n");
        for (number, client) in (first..).zip((0..40).map(|i| i / 4)) {
            writeln!(text, "K{client},{number},{}", 30 + number % 20).unwrap();
        }
        text
    };
    let ids: Vec<String> = (0..10).map(|i| format!("K{i}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let from_200 = said(&Clinic::of(running(200), outcomes(&ids)));
    assert_eq!(
        from_200[0],
        "sessions.csv:2:2: session: no client has a session up to number 5, where the early alliance is rated (sessions 1 to 5): the numbers run from 200 to 239"
    );
    assert!(
        from_200[1].contains("number the sessions of each client from 1"),
        "{from_200:?}"
    );
    // A running number of the file that begins with 1: all but the first two clients.
    let from_1 = said(&Clinic::of(running(1), outcomes(&ids)));
    assert!(
        from_1[0].contains("8 of 10 clients have no session up to number 5"),
        "{from_1:?}"
    );
    let window = "[early_alliance]\nfirst_session = 200\nlast_session = 239\n";
    accepted(&Clinic::of(running(200), outcomes(&ids)).study(window));
}

#[test]
fn numbers_with_decimals_or_zeros_and_times_with_an_offset_are_read() {
    let plain = "client_id,session,date,alliance\nA,1,2025-01-03,40\nA,2,2025-01-10,41\nB,1,2025-01-04,50\n";
    let other = "client_id,session,date,alliance\nA,1.00,2025-01-03T14:00:00-05:00,40\nA,02,2025-01-10 14:00:00 -0500,41\nB,\"1,0\",2025-01-04T00:30:00+14:00,50\n";
    let read = |text: &str| {
        let clinic = Clinic::of(text, outcomes(&["A", "B"])).study(&format!(
            "name = \"x\"\n[policy]\nminimum_cell = 3\n{}",
            crate::shared::first_question_only()
        ));
        clinic.analyze();
        clinic.read("report/estimates.csv")
    };
    assert_eq!(read(plain), read(other));
}

#[test]
fn a_planner_s_headings_are_known_and_others_are_named() {
    let mut sessions = String::from("client_id,session,alliance\n");
    let ids: Vec<String> = (0..12).map(|i| format!("K{i}")).collect();
    for (i, id) in ids.iter().enumerate() {
        writeln!(sessions, "{id},1,{}", 30 + i * 5 % 23).unwrap();
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let clinic = Clinic::of(sessions, outcomes(&ids)).study("name = \"x\"\n");
    clinic.analyze();
    let review = |actions: &str| {
        clinic.write("actions.csv", actions);
        clinic.run(&[
            "review",
            "report/findings.json",
            "--actions",
            "actions.csv",
            "--out",
            "review",
        ])
    };
    for planner in [
        "Task,Assigned To,Due Date,Progress\nAsk again,Intake,2026-02-01,In progress\n",
        "What;Who;By when;Status\nAsk again;Intake;2026-02-01;started\n",
        "No,Action,Responsible,Deadline,State\n1,Ask again,Intake,2026-02-01,begun\n",
    ] {
        let run = review(planner);
        assert!([0, 4].contains(&run.code), "{planner}: {run:?}");
        let json: serde_json::Value =
            serde_json::from_str(&clinic.read("review/review.json")).unwrap();
        let action = &json["actions"][0];
        assert_eq!(
            [
                &action["text"],
                &action["owner"],
                &action["due"],
                &action["state"]
            ],
            ["Ask again", "Intake", "2026-02-01", "begun"]
        );
    }
    let run = review("Topic,Person\nAsk again,Intake\n");
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr
            .contains("expected a heading Action, Task or What"),
        "{run:?}"
    );
    assert!(
        !run.stderr.contains("[actions]"),
        "there is no such table: {run:?}"
    );
}

#[test]
fn every_share_of_delivery_that_a_message_names_can_be_set() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let simulate = |args: &[&str]| {
        crate::shared::alliance_in(
            folder.path(),
            &[&["simulate", "--clients", "40"][..], args].concat(),
        )
    };
    let refused = simulate(&["--share-online", "0.95", "--out", "a"]);
    assert!(
        refused.stderr.contains("share_online and share_hybrid"),
        "{refused:?}"
    );
    simulate(&[
        "--share-online",
        "0.95",
        "--share-hybrid",
        "0.05",
        "--out",
        "b",
    ])
    .ok();
}

/// Many faults of a few kinds, in files of any size, are told on a page.
#[test]
fn like_faults_end_in_a_page() {
    let mut sessions = String::from("client_id,session,date,delivery,alliance\n");
    let ids: Vec<String> = (0..5000).map(|i| format!("K{i}")).collect();
    for (i, id) in ids.iter().enumerate() {
        writeln!(sessions, "{id},{},3.4.24,fax{i},{}pts", i % 3, i % 40).unwrap();
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let clinic = Clinic::of(sessions, outcomes(&ids));
    let run = clinic.check();
    assert_eq!(run.code, 3);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines.len() <= 60, "{} lines", lines.len());
    for (field, last) in [
        ("session", 5000),
        ("date", 5001),
        ("delivery", 5001),
        ("alliance", 5001),
    ] {
        let of_field = format!("sessions.csv: {field}: and ");
        let more = lines.iter().find(|line| line.starts_with(&of_field));
        assert!(
            more.is_some_and(|line| line.ends_with(&format!(" to {last}"))),
            "{field}: {more:?}"
        );
    }
    // Every fault is counted: 1,667 numbers of sessions and all of the others.
    let told = |line: &&str| {
        line.split(" and ")
            .nth(1)?
            .split(' ')
            .next()?
            .parse::<u64>()
            .ok()
    };
    let more: u64 = lines
        .iter()
        .filter(|line| line.contains(" more like it"))
        .filter_map(told)
        .sum();
    assert_eq!(more + 4 * 3, 1667 + 3 * 5000);
}

#[test]
fn codes_that_a_spreadsheet_made_of_long_numbers_are_asked_about_where_both_files_have_them() {
    let ids = ["1.07E+14", "2,3E+15", "3E+14", "4"];
    let mut sessions = String::from("client_id,session,alliance\n");
    for id in ids {
        let id = if id.contains(',') {
            format!("\"{id}\"")
        } else {
            id.to_owned()
        };
        writeln!(sessions, "{id},1,30\n{id},2,33").unwrap();
    }
    let quoted = ["1.07E+14", "\"2,3E+15\"", "3E+14", "4"];
    let said = said(&Clinic::of(&sessions, outcomes(&quoted)));
    assert!(
        said[0].starts_with(
            "sessions.csv:2:1: client_id: 3 clients are under a code in the form 2.02E+14"
        ),
        "{said:?}"
    );
    assert!(said[1].contains("export again from the system"), "{said:?}");
}
