/// What somebody called a file, kept so that auditors find it again, and shown to others: never a path, and nothing that a
/// screen shows otherwise than it is.
public enum FileName {
    /// Most characters (Unicode scalars) that are kept.
    public static let longest = 120

    /// The last part of a path or name, without control characters, what turns the direction of writing, and what nobody sees; a
    /// long one is cut in its middle, so that its ending stays. Nil where nothing is left.
    public static func plain(_ name: String) -> String? {
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        var shown = String.UnicodeScalarView()
        for scalar in last.unicodeScalars where !isUnseen(scalar) { shown.append(scalar) }
        var scalars = Array(shown)
        while scalars.first == " " { scalars.removeFirst() }
        while scalars.last == " " { scalars.removeLast() }
        if scalars.count > longest {
            let ending = longest / 4
            scalars = scalars.prefix(longest - ending - 1) + ["…"] + scalars.suffix(ending)
        }
        let text = String(String.UnicodeScalarView(scalars))
        return text.isEmpty || text == "." || text == ".." ? nil : text
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
