/// The code that somebody shows beside their id where a device scans it (出示码).
///
/// Ids are consecutive and print on papers; a device's key with somebody's id would take everybody's goods. The code follows from
/// the person, the day and a key of the city (HMAC-SM3), so that it is stored nowhere, can't be counted up, and is worth nothing on the
/// next day. Only the person is told it.
public enum ShownCode {
    /// A person's code on a day, of ``PickUpCode/digits`` decimal digits.
    public static func of(_ person: ID<Person>, on day: CivilDate, _ crypto: any CryptoProvider) -> String {
        PickUpCode.digits(of: "show/\(person.text)/\(day)", crypto)
    }

    /// Whether what was typed or scanned is a person's code on a day.
    public static func isRight(
        _ typed: String, of person: ID<Person>, on day: CivilDate, _ crypto: any CryptoProvider
    ) -> Bool { PickUpCode.plain(typed) == of(person, on: day, crypto) }
}
