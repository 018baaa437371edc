//! What the name of a column says: one table of words in many languages.
//!
//! A header is cut into words at marks, at capitals, and where a word is glued from known ones
//! (`telefoonnummer`, `dateofbirth`). A phrase of the table is met when all its words are there.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Personal, fold};

/// How sure a sign in a header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// Refused unless the content cannot be that.
    Certain,
    /// Refused only if the content can hardly be anything else.
    Ambiguous,
    /// Refused only if the content would nearly be refused without it.
    Weak,
}

/// What a header says, without a look at the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub kind: Personal,
    pub strength: Strength,
}

/// Phrases by what they say. `a+b`: both words; `=a`: this word alone; `@name`, `@number`, `@person`,
/// `@staff`: one of [`NAME`], [`NUMBER`], [`PERSON`], [`STAFF`].
const SIGNS: [(Personal, Strength, &str); 17] = [
    (
        Personal::Email,
        Strength::Certain,
        "email emails mail emailadres mailadres emailadresse mailadresse correo courriel sahkoposti epost epostadresse emailid",
    ),
    (
        Personal::WebOrDevice,
        Strength::Certain,
        "ip+address ip+adresse ip+adres ip+addr direccion+ip adresse+ip url urls website web+site homepage webpage webseite \
         internetseite username login loginname benutzername gebruikersnaam user+@name usuario+@name utilisateur+@name \
         screen+name imei mac+address device+id device+token device+serial device+@number serial+@number seriennummer \
         serienummer advertising+id photo photos foto fotos picture portrait avatar fingerprint fingerabdruck voiceprint \
         biometric facebook instagram linkedin twitter skype telegram tiktok discord",
    ),
    (
        Personal::WebOrDevice,
        Strength::Ambiguous,
        "ip device serial useragent user+agent geraet apparaat cookie audio recording recordings voice video",
    ),
    (
        Personal::Phone,
        Strength::Certain,
        "phone phones telephone telefon telefono telefone telefoon tel tlf mobile mobil mobiel mobilfunk mobiltelefon movil \
         mob cell cellphone cellulare celular handy portable fax landline festnetz rufnummer contact+@number gsm natel whatsapp \
         telefonu komorka telemovel mobilnr ph+@number tfno tlfn contacto contato recapito mobiltlf puhelin puhelinnumero",
    ),
    (
        Personal::BirthDate,
        Strength::Certain,
        "dob birth birthdate birthday bday born geburtsdatum geburtstag geburts geb geboren geboortedatum geboorte \
         geboortedag gebdatum gebdat naissance naiss nais ddn nacimiento nac nascita nascimento nasc syntymaaika urodzenia data+ur nato+il \
         fodselsdato fodselsdag fodsels fodt fodelsedatum fodelse fodd dod death deathdate died sterbedatum sterbetag \
         todesdatum todestag overlijdensdatum overlijden deces mort fallecimiento defuncion decesso obito zgonu",
    ),
    (
        Personal::RecordNumber,
        Strength::Certain,
        "nhs+@number nhs+id =nhs ssn social+security sozialvers mrn medical+record medical+@number hospital+@number hosp+@number \
         hospital+id hosp+id local+patient+id local+patient+identifier chi+@number =chi nino national+insurance national+id \
         national+@number citizenship+@number identification+@number ni+@number nin identity+@number identity+card id+card bsn \
         burgerservicenummer sofinummer rijksregister rijksregisternummer insz niss ahv ahvnummer svnr sv+@number \
         sozialversicherungs sozialversicherung versicherungs+@number vers+@number versicherten krankenversicherten \
         krankenkassen+@number kv+@number kvnr rvnr steuer+@number steuer+id steuerid ausweis+@number personalausweis ausweis \
         reisepass pass+@number passport passeport pasaporte paspoort passaporto passaporte paszport nir nss insee secu \
         securite+sociale carte+vitale ipp dni nie nif rut curp rfc cuil cuit cedula documento+@number doc+@number \
         documento+identidad expediente tarjeta+sanitaria historia+clinica nhc seguridad+social codice+fiscale \
         tessera+sanitaria pesel dowod dowodu cpf =rg rg+@number cns sns utente cartao+cidadao personnummer person+@number fodsels+@number \
         cpr cprnummer aadhaar aadhar external+reference external+data+reference account+@number kontonummer konto \
         kontoverbindung iban bank+account bankkonto bankkontonummer rekening compte+bancaire cuenta+bancaria \
         conto+corrente driver+license =drivers drivers+license driving+licence license+@number licence+@number license+plate \
         licence+plate @number+plate numberplate fuhrerschein fuehrerschein kennzeichen kenteken rijbewijs immatriculation \
         matricula matricule matrikel+@number student+@number employee+@number personal+@number permis+conduire health+card \
         health+plan health+@number medicare medicaid beneficiary ehr+id emr+id chart+@number aktenzeichen akten+@number \
         patientenakte dossier+@number zorg+@number polis+@number verzekerings+@number credit+card insurance+@number insurance+id \
         member+@number member+id uprn henkilotunnus hetu =nam ramq hrn urn umrn uhid crn hcn phn mpi tin itin ppsn =cf =pan pan+card pan+@number",
    ),
    (
        Personal::RecordNumber,
        Strength::Ambiguous,
        "insurance versicherung krankenversicherung krankenkasse verzekering zorgverzekering assurance mutuelle seguro \
         assicurazione @number fallnummer account membership policy identity identifiant certificate chart",
    ),
    (
        Personal::Place,
        Strength::Certain,
        "latitude longitude breitengrad laengengrad langengrad easting northing lsoa msoa zcta output+area census+tract \
         what3words geolocation gps coordinates koordinaten coordenadas coordinate city town hometown home+town birthplace \
         place+birth wohnort woonplaats wohnsitz stadt stad ville ciudad citta cidade miasto localidad locality suburb poblacion \
         municipio municipality gemeinde gemeente commune comune lieu+naissance lugar+nacimiento geburtsort geboorteplaats \
         luogo+nascita domicile domicilio poststed postort bostadsort miejscowosc village bairro barrio colonia quartier \
         residence+place",
    ),
    (
        Personal::Place,
        Strength::Ambiguous,
        "lat lon lng long location geo",
    ),
    (
        Personal::Place,
        Strength::Weak,
        "ort plaats residence residenza residencia",
    ),
    (
        Personal::Address,
        Strength::Certain,
        "address addr adresse anschrift adres direccion adresa indirizzo endereco morada adress street strasse str straat \
         straatnaam calle rue rua ulica haus+@number hausnummer huis+@number huisnummer house+@number postcode postal+code \
         postal+address zip zipcode plz postleitzahl codigo+postal pincode pin+code codepostal codice+postale kod+pocztowy post+@number cep \
         postnummer post+code pcode pcd pcds gateadresse gatuadress postadress wohnadresse bostadsadress hemadress osoite katuosoite postinumero",
    ),
    (Personal::Address, Strength::Ambiguous, "cap cp =pc"),
    (
        Personal::Name,
        Strength::Certain,
        "=@name first+@name last+@name middle+@name given+@name family+@name full+@name maiden+@name birth+@name \
         preferred+@name legal+@name @person+@name @staff+@name surname forename forenames fname lname mname known+as vorname vornamen nachname \
         familienname zuname rufname geburtsname madchenname voornaam voornamen achternaam roepnaam tussenvoegsel meisjesnaam prenom \
         prenoms famille+@name naissance+@name complet+@name apellido apellidos completo+@name cognome sobrenome apelido imie imiona \
         nazwisko fornavn kaldenavn etternavn efternavn efternamn fornamn mellomnavn nickname alias initials initialen initiales \
         signature unterschrift next+kin first+last @person+first @person+last sukunimi etunimi",
    ),
    (
        Personal::Name,
        Strength::Ambiguous,
        "@staff @name referrer zuweiser uberweiser einweiser verwijzer",
    ),
    (
        Personal::Name,
        Strength::Weak,
        "@person notfallkontakt =first =last =maiden",
    ),
    (
        Personal::FreeText,
        Strength::Certain,
        "note notes comment comments remark remarks narrative freetext free+text bemerkung bemerkungen notiz notizen \
         kommentar kommentare anmerkung anmerkungen freitext opmerking opmerkingen toelichting aantekening aantekeningen \
         notitie notities vrije+tekst commentaire commentaires remarque remarques observations observaciones observacion \
         comentario comentarios notas osservazioni commenti observacoes uwagi kommentarer anteckningar merknad merknader \
         notater transcript transcription journal diary tagebuch dagboek anamnese biography verlauf verlaufsnotiz \
         sessionnotes sitzungsnotiz sitzungsnotizen",
    ),
    (
        Personal::FreeText,
        Strength::Ambiguous,
        "text description beschreibung beschrijving descripcion descrizione specify other reason grund motivo motif \
         sonstiges anders autre otro",
    ),
];

const NAME: &str = "name names namen nom noms nombre nombres naam nome nomi namn navn nazwisko";

const NUMBER: &str = "number no nr num nummer numero numer nro nbr";

/// People of whom a column may give names.
const PERSON: &str = "patient patients patienten patientin pat pt klient klienten klientin client clients cliente paciente \
    paziente pacjent recipient respondent participant person personne persona persoon pac assistito mother father parent mutter vater \
    eltern moeder vader ouder mere pere madre padre mae pai partner spouse child carer caregiver kin guardian contact \
    contactpersoon kontaktperson ansprechpartner angehorige angehoriger conjoint tutor tutora user member submitter applicant owner";

/// People who work with the client: codes may stand there, names may not.
const STAFF: &str = "therapist therapists therapeut therapeutin therapeuten bezugstherapeut terapeuta terapeut therapeute \
    clinician practitioner provider supervisor superviseur doctor gp physician arzt hausarzt huisarts medecin medic medico \
    lekarz behandler behandelaar staff counsellor counselor psychologist psychologe psycholoog psychologue psicologo psicologa psychiatrist psychiater \
    psychotherapeut psychotherapeutin arztin arts betreuer begeleider mitarbeiter fastlege lege lakare nurse keyworker caseworker";

/// What else has a name.
const THINGS: &str = "site ward clinic measure programme program school treatment group file test item scale course module \
    team unit service project study drug medication product variable field column event form instrument questionnaire \
    homework exercise protocol dataset model manual technique therapy intervention condition arm phase wave tool tag label \
    code game task practice device app house hospital org organisation organization company insurer klinik \
    station einrichtung behandlung fragebogen verfahren gruppe praxis afdeling vragenlijst etablissement groupe traitement \
    grupo centro tratamiento";

/// A header with one of these is about something else: `city_size`, `birth_order`, `therapist_gender`.
const ABOUT_ELSE: &str = "type typ tipo art soort category kategorie categorie class group gruppe band level size grosse \
    groesse grootte taille tamano order reihenfolge volgorde weight gewicht peso poids year jahr jaar annee ano anno rok \
    cohort decade region gebiet status gender geschlecht geslacht sexe sexo sex age alter edad leeftijd education ausbildung \
    bildung opleiding occupation beruf profession beroep role rolle rol job employment employed income training experience \
    erfahrung qualification orientation degree consent einwilligung toestemming consentement consentimiento change changed \
    frequency preference language sprache taal langue idioma relationship rating score scale count anzahl aantal total \
    present alive health illness drug drugs population rural urban homeless trauma complications plan hours minutes days weeks months visits hash \
    country land pays pais paese reminder reminders sent support effect change caseload allegiance competence adherence \
    empathy alliance report reported rated satisfaction need needs goal goals item items version mode \
    tongue speciality specialty burden";

/// Words that only stand beside others, so that glued headers can be cut.
const BESIDE: &str = "of and the de del della di du des la le el van der het da do date fec fecha datum day tag dag data dato \
    jour dia id identifier code line home work emergency private privat prive mobile file uploaded local national external \
    reference record medical social security hospital given first last middle full maiden family famille birth preferred legal \
    next kin patienten klienten geburts geboorte telefon telefoon handy post plaats ort place lieu lugar luogo session therapy \
    my your contact user haus huis akten fall zorg polis verzekerings sozialversicherungs versicherungs krankenkassen";

/// A phrase of the table, cut.
struct Phrase {
    sign: Sign,
    alone: bool,
    words: Vec<&'static str>,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let phrases = SIGNS.iter().flat_map(|(kind, strength, phrases)| {
        phrases.split_whitespace().map(|phrase| Phrase {
            sign: Sign {
                kind: *kind,
                strength: *strength,
            },
            alone: phrase.starts_with('='),
            words: phrase.trim_start_matches('=').split('+').collect(),
        })
    });
    phrases.collect()
});

/// Every word that a glued header can be cut into.
static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let of_phrases = PHRASES
        .iter()
        .flat_map(|phrase| phrase.words.iter().copied());
    let lists = [NAME, NUMBER, PERSON, STAFF, THINGS, ABOUT_ELSE, BESIDE];
    of_phrases
        .chain(lists.into_iter().flat_map(str::split_whitespace))
        .collect()
});

fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// What a column name says, the surest first; nothing where it is about something else.
pub(super) fn signs_of(header: &str) -> Vec<Sign> {
    let words = words_of(header);
    let listed = |list: &str| words.iter().any(|word| is_in(list, word));
    let kinds = [
        ("@name", NAME),
        ("@number", NUMBER),
        ("@person", PERSON),
        ("@staff", STAFF),
    ];
    let mut met: Vec<&str> = words.iter().map(String::as_str).collect();
    let about_else: Vec<&str> = met
        .iter()
        .copied()
        .filter(|word| is_in(ABOUT_ELSE, word))
        .collect();
    met.extend(
        kinds
            .iter()
            .filter(|(_, list)| listed(list))
            .map(|(kind, _)| *kind),
    );
    let is_of_thing = listed(THINGS);
    let says = |phrase: &&Phrase| {
        phrase.words.iter().all(|word| met.contains(word))
            && about_else.iter().all(|word| phrase.words.contains(word))
            && !(is_of_thing && phrase.words.contains(&"@name"))
            && (!phrase.alone || words.len() == 1)
    };
    let mut signs: Vec<Sign> = Vec::new();
    for phrase in PHRASES.iter().filter(says) {
        if !signs.contains(&phrase.sign) {
            signs.push(phrase.sign);
        }
    }
    signs.sort_by_key(|sign| sign.strength as u8);
    signs
}

/// Is the column about something that happens in a treatment, such as an admission?
pub(super) fn is_event(header: &str) -> bool {
    const EVENTS: &str = "referral referred admission admitted discharge discharged session appointment assessment assessed \
        intake contact visit start started begin began end ended submitted submit created recorded updated completed \
        treatment therapy onset interview baseline followup measurement registered consent aufnahme entlassung sitzung \
        termin beginn ende behandlung erstgesprach aanmelding opname ontslag sessie einde seance sortie debut fin ingreso \
        alta sesion inicio";
    words_of(header).iter().any(|word| is_in(EVENTS, word))
}

/// The words of a header, small and without marks: cut at marks, digits and capitals, then where
/// known words are glued; what stands apart is also read as one word (`e-mail`, `DoB`).
fn words_of(header: &str) -> Vec<String> {
    let spaced = split_camel(header);
    let tokens: Vec<String> = spaced
        .split(|c: char| !c.is_alphabetic())
        .filter(|token| !token.is_empty())
        .map(fold)
        .collect();
    let mut words: Vec<String> = Vec::new();
    for token in &tokens {
        match cut(token) {
            Some(known) if known.len() > 1 => words.extend(known.into_iter().map(str::to_owned)),
            _ => words.push(token.clone()),
        }
    }
    if tokens.len() > 1
        && let Some(known) = cut(&tokens.concat())
    {
        let more: Vec<String> = known
            .into_iter()
            .filter(|word| !words.iter().any(|w| w == word))
            .map(str::to_owned)
            .collect();
        words.extend(more);
    }
    words
}

/// A word as the fewest known words, at most four.
fn cut(word: &str) -> Option<Vec<&str>> {
    const LONGEST: usize = 40;
    if word.len() > LONGEST {
        return None;
    }
    let mut best: Vec<Option<Vec<&str>>> = vec![None; word.len() + 1];
    best[0] = Some(Vec::new());
    for end in 1..=word.len() {
        for start in 0..end {
            let Some(part) = word.get(start..end) else {
                continue;
            };
            if KNOWN.contains(part)
                && let Some(before) = &best[start]
                && best[end]
                    .as_ref()
                    .is_none_or(|b| b.len() > before.len() + 1)
            {
                let mut words = before.clone();
                words.push(part);
                best[end] = Some(words);
            }
        }
    }
    best.pop().flatten().filter(|words| words.len() <= 4)
}

fn split_camel(header: &str) -> String {
    let mut text = String::new();
    let mut before_was_lower = false;
    for c in header.chars() {
        if c.is_uppercase() && before_was_lower {
            text.push(' ');
        }
        before_was_lower = c.is_lowercase();
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_identify_people_are_known_in_any_spelling() {
        use Personal::*;
        for (header, kind) in [
            ("Client_FirstName", Name),
            ("PATIENTNAME", Name),
            ("name", Name),
            ("Prénom", Name),
            ("Nom du patient", Name),
            ("Provider_Email", Email),
            ("e-mail", Email),
            ("NHS number", RecordNumber),
            ("nhsno", RecordNumber),
            ("HospitalNo", RecordNumber),
            ("LocalPatientId", RecordNumber),
            ("KVNR", RecordNumber),
            ("DoB", BirthDate),
            ("D.O.B.", BirthDate),
            ("dateofbirth", BirthDate),
            ("GebDatum", BirthDate),
            ("Straße", Address),
            ("telefoonnummer", Phone),
            ("session notes", FreeText),
            ("IPAddress", WebOrDevice),
            ("LocationLatitude", Place),
            ("LSOA2011", Place),
        ] {
            let first = signs_of(header)
                .first()
                .map(|sign| (sign.kind, sign.strength));
            assert_eq!(first, Some((kind, Strength::Certain)), "{header}");
        }
        for header in [
            "client_id",
            "session",
            "alliance",
            "date",
            "age_band",
            "seen",
            "measure_name",
            "capacity",
            "birth_order",
            "Geburtsjahr",
            "city_size",
            "therapist_gender",
            "hotel",
        ] {
            let is_certain = |sign: &Sign| sign.strength == Strength::Certain;
            assert!(!signs_of(header).iter().any(is_certain), "{header}");
        }
    }
}
