//! Names of people: given names that are common, words that no name holds, and the forms of names.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::fold;

/// Given names that are common in the countries whose words the headers know, without marks and
/// without those that are words, wards or months as well.
const GIVEN: &str = "aaron abdul abigail adam adrian agnes agnieszka ahmed aisha alan alana albert alejandra alejandro alessandra \
    alessandro alessia alex alexander alexandra alexandre alfie alfonso alfred ali alice alicia alina alison \
    amanda amandine amelia amelie amina amir amy ana anais anders andre andrea andreas andres andrew andrzej \
    angela angelica angelika anita anja anke ann anna anne anneke annette annie annika anouk anthony antje \
    antoine anton antonia antonio antony arne arthur arturo ashley astrid axel ayse barbara bart bartosz beata \
    beate beatrice beatriz ben benjamin benoit bernard bernd bert bianca birgit birgitte bjorn bob bram brandon \
    brenda brian brigitte bruno callum camille carla carlo carlos carmen carolina caroline carsten catalina \
    catherine cathy cecile cecilia celine chantal charles charlie charlotte chiara chloe christiane christina \
    christine christoph christophe christopher claire clara claudia claudio claus clement colin connor conor \
    corinna corinne cornelia craig cristina daan damien daniel daniela danielle dariusz dave david davide \
    deborah denis denise dennis derek diana diane dick diego dieter dirk dominik dominique donna doris dorota \
    dorothea duncan dylan edith eduardo edward edyta elaine eleanor elena elisa elisabeth elise elizabeth elke \
    ella ellen ellie elodie els elsa emil emilia emilie emily emma emmanuel enrique eric erik erika esther eva \
    evelyn ewa fabian fabienne fabio fatima fatma federica federico felix fernanda fernando filippo fiona \
    florian france frances francesca francesco francisca francisco francois francoise frank franz freya \
    friedrich fritz gabriel gabriela gabriele gareth gary gavin geert gemma georg george gerald gerard gerd \
    gerhard gert giacomo gianluca giorgio giovanni gisela giulia giuseppe gloria gonzalo gordon graham greta \
    grzegorz guido guillaume gunter gustav guus hamza hanna hannah hanne hannelore hans harald harry hassan \
    hatice hedwig heike heinrich heinz helen helena helene helga helmut hendrik henk henri henrik henry herbert \
    hilda hilde holger horst hugo ian ibrahim ida ignacio ilse imran ines inga inge ingeborg ingrid irena irene \
    isaac isabel isabella isabelle ivan jacek jack jacob jacqueline jacques jake jakob jakub james jamie jan \
    jane janet janine jaroslaw jason javier jean jeanne jeff jennifer jenny jens jeremy jeroen jerzy jessica jim \
    joachim joan joana joanna joanne joao jochen joe joel johan johanna johannes john johnny jolanda jon jonas \
    jonathan joost jorg jorge jose josef josefa joseph joshua juan juana judith julia julian juliana julie \
    julien jurgen justin justyna kai karen karin karina karl karla karolina karsten katarzyna kate katharina \
    katherine kathleen kathrin katja katrin katy kees keith kelly kenneth kerstin kevin khadija kieran kim \
    kirsten kjell klara klaus kristian kristin kristina krystyna krzysztof kurt kyle lara lars laszlo laura \
    laurence laurent lea leah leila lena leo leon leonardo leonie leszek lewis liam lida lieke liesbeth lina \
    linda lisa lisbeth lise lorena lorenzo lotte louis louisa louise luc luca lucas lucia luciano lucie lucy \
    ludwig luigi luis luisa lukas lukasz luke lutz lynn maarten maciej madeleine magali magdalena maja malcolm \
    malgorzata manfred manon manuel manuela marc marcel marcelo marcin marco marcos marcus marek margaret \
    margarita margot maria mariam mariana marianne marie marieke marina mario mariola marion marisa marit \
    mariusz marjan markus marlene marta martha martijn martin martina martine mary maryam mateo mateusz mathieu \
    mathilde matt matteo matthew matthias maureen maurice maxime megan mehmet melanie merete mette mia michael \
    michal michel michele michelle miguel mike mikkel milan mina miriam mohamed mohammad mohammed molly monica \
    monika monique moritz morten muhammad mustafa nadia nadine nadja nancy natalia natalie natascha nathalie \
    nathan neil niamh nicola nicolas nicole niels nigel niklas nikolaus nils nina noah nora norbert nuria olaf \
    oliver olivia olivier omar oscar oskar osman otto owen pablo paola paolo pascal patricia patrick patrik \
    patrizia paul paula paulina pauline paulo pavel pawel pedro per peter petra philip philipp philippe phoebe \
    pierre pieter pilar piotr rachel rafael rafal raimund rainer ralf ralph ramon raquel raul ravi raymond \
    rebecca regina reinhard renate rene ricardo richard rita rob robert roberta roberto robin rocio rodrigo \
    roger roland rolf ronald ronja rosa rosalind rosario rosie ruben rudolf rui russell ruth ruud ryan sabine \
    sabrina salvador salvatore sam samantha samir samuel sander sandra sanne sara sarah sascha scott sean \
    sebastian sebastien sergio severine shane sharon sheila silke silvia simon simona simone sinead slawomir \
    sofia sofie solveig sonia sonja sophia sophie soren stanislaw stefan stefanie stefano steffen stella stephan \
    stephanie stephen steve steven stig stuart sue susan susana susanne suzanne sven svenja svetlana swen sylvia \
    sylvie sylwia tamara tania tanja tara teresa tessa theo theresa therese thierry thomas thorsten tiago tim \
    timo tina tobias tom tomas tomasz toni tony torben tore torsten tracy trevor udo ulf ulrich ulrike ursula \
    uta ute uwe valentina valerie vanessa vera veronica veronika veronique vicente victor victoria viktor \
    viktoria vincent vincenzo virginie waldemar walter waltraud wanda werner wiebke wieslaw wilhelm willem \
    william wim wojciech wolfgang xavier yasmin yusuf yves yvonne zbigniew zeynep zoe zofia";

/// Words that stand in names of places, roles, diagnoses and treatments, and in none of people.
const NEVER: &str = "african ambulanz anxiety asian assistant bipolar black british cabinet caribbean casa catholic center centre \
    centro centrum christian church city client clinic clinica clinician clinics clinique college community \
    counsellor depression depressive diary disease disorder disorders divorced doctor east employed european \
    exercise first form full general group haus head health high hindu hopital hospital house index individual \
    institute inventory irish jewish junior kliniek klinik klinikum krankenhaus lead lower maison major manager \
    married mental method minor mixed model month muslim new no none north not nurse old orthodox ospedale other \
    panic park part patient personality phobia plan practice praktijk praxis primary private program programme \
    protestant protocol public questionnaire record road scale school second secondary senior service services \
    session single social south staff station street stress student surgery syndrome team technique test \
    therapeut therapist therapy third time town trainee training treatment trust unemployed unit university \
    unknown upper ward week west white widowed worker yes zentrum ziekenhuis";

/// Words before a name.
const TITLES: &str = "dr prof mr mrs ms miss mister herr herrn hr frau fr fru mme mlle mevr mw dhr drs sr sra srta dra dott \
    dottssa sig pan pani";

/// Small words within a name.
const PARTICLES: &str =
    "de da do dos del della di van der den ter ten von vom zu la le el al bin ibn y e af av";

static GIVEN_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| GIVEN.split_whitespace().collect());
static NEVER_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| NEVER.split_whitespace().collect());

/// What the words of a cell without digits look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NameForms {
    /// `Dr. Smith`, `Frau Müller`.
    pub titled: bool,
    /// `Mary Smith`, `Smith, John`, `K. Müller`, `Jansen, P. van`.
    pub given_full: bool,
    /// Two to four words written like a name.
    pub full: bool,
    /// `Anna`, `anna`, `ANNA`: a given name alone.
    pub given: bool,
    /// One word with a capital and small letters.
    pub bare: bool,
}

pub(super) fn forms(text: &str) -> NameForms {
    let mut forms = NameForms::default();
    if text.len() > 50 {
        return forms;
    }
    let words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    if words.is_empty() {
        return forms;
    }
    let folded: Vec<String> = words
        .iter()
        .map(|word| fold(word.trim_end_matches('.')))
        .collect();
    let is_never = folded.iter().any(|word| NEVER_SET.contains(word.as_str()));
    let is_given = |word: &String| {
        let first = word.split('-').next().unwrap_or_default();
        GIVEN_SET.contains(first)
    };
    if let [word] = words[..] {
        forms.given = !is_never && is_given(&folded[0]);
        forms.bare = !is_never && is_capitalized(word) && word.chars().count() >= 3;
        return forms;
    }
    let listed = |list: &str, word: &str| list.split_whitespace().any(|w| w == word);
    let is_titled = |rest: &[&str]| rest.iter().any(|word| is_name_word(word));
    if listed(TITLES, &folded[0]) && words.len() <= 5 && is_titled(&words[1..]) {
        forms.titled = !is_never;
        return forms;
    }
    let has_comma = text.contains(',');
    let is_part = |(word, folded): (&&str, &String)| {
        is_name_word(word)
            || is_initial(word)
            || listed(PARTICLES, folded)
            || (has_comma && word.chars().all(char::is_alphabetic))
    };
    let is_form = (2..=5).contains(&words.len())
        && text.matches(',').count() <= 1
        && words.iter().zip(&folded).all(is_part)
        && words
            .iter()
            .any(|word| is_name_word(word) || (has_comma && word.len() >= 3));
    let has_initial =
        words.first().is_some_and(|w| is_initial(w)) || words.last().is_some_and(|w| is_initial(w));
    forms.full = is_form && !is_never;
    forms.given_full = forms.full && (has_initial || folded.iter().any(is_given));
    forms
}

fn is_capitalized(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase)
        && word.chars().skip(1).any(char::is_lowercase)
        && word
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
}

/// A word of a name that is written in full: `Smith`, `O'Brien`, `SMITH`.
fn is_name_word(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase)
        && word.chars().count() >= 2
        && chars.all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
}

/// `K.`, `J.-P.`, `M`.
fn is_initial(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    (1..=2).contains(&letters)
        && word.ends_with('.')
        && word
            .chars()
            .all(|c| c.is_uppercase() || matches!(c, '.' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_places_roles_and_diagnoses() {
        for name in [
            "Mary Smith",
            "Smith, John",
            "smith, john",
            "MÜLLER, JÜRGEN",
            "K. Müller",
            "Jansen, P.",
            "Anna van der Berg",
            "José María García",
        ] {
            assert!(forms(name).given_full, "{name}");
        }
        for title in [
            "Dr. Müller",
            "Frau Klein",
            "Mrs Smith",
            "Mevr. de Vries",
            "Prof. Dr. Weber",
        ] {
            assert!(forms(title).titled, "{title}");
        }
        for name in ["Anna", "jörg", "MARIA", "Änne-Marie", "Jean-Luc"] {
            assert!(forms(name).given || forms(name).bare, "{name}");
        }
        for other in [
            "Major Depression",
            "Victoria House",
            "Den Haag",
            "Therapist A",
            "Martin Centre",
            "Milton Keynes",
            "not known",
        ] {
            let forms = forms(other);
            assert!(!forms.given_full && !forms.titled, "{other}");
        }
    }
}
