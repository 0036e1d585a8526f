import CExpat
import NiangjiaCore

/// Feeds an entry's XML to callbacks as it is read. A document type is refused: workbooks have none, and entities are how
/// small XML becomes large.
final class XMLStream {
    /// An element's attributes, read in place; valid only during the call.
    struct Attributes {
        fileprivate let pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?

        /// The value of an attribute; nil when the element has none of that name.
        subscript(name: StaticString) -> String? {
            guard let pairs else { return nil }
            var index = 0
            while let key = pairs[index], let value = pairs[index + 1] {
                if XMLStream.equal(key, name) { return String(cString: value) }
                index += 2
            }
            return nil
        }
    }

    /// Called with the local name's bytes: namespaces' prefixes are cut off.
    var onStart: ((UnsafePointer<CChar>, Attributes) -> Void)?
    var onEnd: ((UnsafePointer<CChar>) -> Void)?
    var onText: ((UnsafeBufferPointer<CChar>) -> Void)?

    private let parser: XML_Parser
    private let entry: ZipArchive.Entry
    private let name: String
    private let path: String
    private var hasDoctype = false
    private var isStopped = false
    private(set) var isDone = false

    init(entry: ZipArchive.Entry, name: String, path: String) throws(NiangjiaError) {
        guard let parser = XML_ParserCreate("UTF-8") else {
            throw NiangjiaError(.internal, zh: "内存不足", en: "out of memory")
        }
        self.parser = parser
        self.entry = entry
        self.name = name
        self.path = path
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, pairs in
                guard let data, let name else { return }
                XMLStream.from(data).onStart?(XMLStream.local(name), Attributes(pairs: pairs))
            },
            { data, name in
                guard let data, let name else { return }
                XMLStream.from(data).onEnd?(XMLStream.local(name))
            })
        XML_SetCharacterDataHandler(parser) { data, text, length in
            guard let data, let text else { return }
            XMLStream.from(data).onText?(UnsafeBufferPointer(start: text, count: Int(length)))
        }
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            guard let data else { return }
            let stream = XMLStream.from(data)
            stream.hasDoctype = true
            XML_StopParser(stream.parser, 0)
        }
    }

    deinit { XML_ParserFree(parser) }

    /// Parses the next 64 KiB.
    func advance() throws(NiangjiaError) {
        guard !isDone else { return }
        guard let space = XML_GetBuffer(parser, 1 << 16) else {
            throw NiangjiaError(.internal, zh: "内存不足", en: "out of memory")
        }
        let count = try entry.read(into: UnsafeMutableRawBufferPointer(start: space, count: 1 << 16))
        isDone = count == 0
        guard XML_ParseBuffer(parser, Int32(count), isDone ? 1 : 0) != XML_STATUS_ERROR else {
            if isStopped {
                isDone = true
                return
            }
            if hasDoctype {
                throw NiangjiaError(
                    .invalid, zh: "工作簿中有文档类型声明,已拒绝", en: "the workbook declares a document type; refused", place: path)
            }
            let line = XML_GetCurrentLineNumber(parser)
            throw NiangjiaError(
                .invalid, zh: "工作簿已损坏(\(name))", en: "the workbook is damaged (\(name))", place: path,
                cause: "expat \(XML_GetErrorCode(parser).rawValue) at line \(line)")
        }
    }

    /// Ends the reading, from within a callback: what comes behind is of no interest.
    func stop() {
        isStopped = true
        XML_StopParser(parser, 0)
    }

    /// Parses to the end.
    func run() throws(NiangjiaError) { while !isDone { try advance() } }

    private static func from(_ data: UnsafeMutableRawPointer) -> XMLStream {
        Unmanaged<XMLStream>.fromOpaque(data).takeUnretainedValue()
    }

    private static func local(_ name: UnsafePointer<CChar>) -> UnsafePointer<CChar> {
        var at = name
        var start = name
        while at.pointee != 0 {
            if at.pointee == 0x3A { start = at + 1 }
            at += 1
        }
        return start
    }

    /// Whether a C string is this word.
    static func equal(_ text: UnsafePointer<CChar>, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        let bytes = word.utf8Start
        for index in 0..<count where UInt8(bitPattern: text[index]) != bytes[index] { return false }
        return text[count] == 0
    }
}
