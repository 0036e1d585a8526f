import NiangjiaConfig
import NiangjiaCore
import NiangjiaDemo

/// Small texts of the demo.
enum DemoText {
    /// `approval: demo` in a city's file, everything else kept.
    static func settingApproval(_ text: String, file: String) throws -> [UInt8] {
        Array(try YAMLEdit.setScalar(in: text, path: "approval", to: "demo", file: file).utf8)
    }

    /// A program whose goods come from a supplier, which is paid for what is handed over; everything else kept.
    static func settingSupplier(_ text: String, file: String) throws -> [UInt8] {
        let organization = "organization: \(DemoCity.federation)\n"
        guard text.contains(organization) else {
            throw NiangjiaError(
                .configuration, zh: "演示的项目文件里没有 organization。", en: "The demo's program names no organization.",
                place: file)
        }
        let supplied = organization + "supplier: \(DemoCity.supplier)\n"
        return Array(text.replacing(organization, with: supplied, maxReplacements: 1).utf8)
    }

    /// A document that stands for a scan: a PDF of one line with its own name in it.
    static func evidence(_ name: String) -> [UInt8] {
        Array("%PDF-1.4\n% 演示附件 \(name)\n%%EOF\n".utf8)
    }
}
