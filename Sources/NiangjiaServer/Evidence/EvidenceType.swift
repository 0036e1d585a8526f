/// What evidence may be: told by the content, for the name that a client gives is nobody's word.
enum EvidenceType: String, Hashable, Sendable {
    case pdf = "application/pdf"
    case jpeg = "image/jpeg"
    case png = "image/png"

    /// How names of such files end.
    var ending: String {
        switch self {
        case .pdf: "pdf"
        case .jpeg: "jpg"
        case .png: "png"
        }
    }

    init?(of content: [UInt8]) {
        if content.starts(with: Array("%PDF-".utf8)) {
            self = .pdf
        } else if content.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if content.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            return nil
        }
    }
}
