import NiangjiaConfig
import NiangjiaCore

/// Small texts of the demo.
enum DemoText {
    /// `approval: demo` in a city's file, everything else kept.
    static func settingApproval(_ text: String, file: String) throws -> [UInt8] {
        Array(try YAMLEdit.setScalar(in: text, path: "approval", to: "demo", file: file).utf8)
    }

    /// A document that stands for a scan: a PDF of one line with its own name in it.
    static func evidence(_ name: String) -> [UInt8] {
        Array("%PDF-1.4\n% 演示附件 \(name)\n%%EOF\n".utf8)
    }
}
