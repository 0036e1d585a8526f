import NiangjiaCore

/// Reads one `plugin.yaml`.
public enum ManifestFile {
    /// The manifest, where the file has no error, and everything that is wrong with it. `folder` is the plugin's folder name, which
    /// must equal the id.
    public static func read(_ bytes: [UInt8], file: String, folder: String? = nil) -> (
        manifest: Manifest?, report: ConfigReport
    ) {
        let problems = Problems(file: file)
        let manifest = parse(bytes, folder: folder, problems)?.manifest
        return (problems.hasErrors ? nil : manifest, ConfigReport(problems.all))
    }

    /// A manifest as far as it can be read, wrong parts left out, for checks across files.
    static func parse(_ bytes: [UInt8], folder: String?, _ problems: Problems) -> (manifest: Manifest, root: YAMLNode)?
    {
        guard let root = ConfigFile.root(bytes, problems) else { return nil }
        let references = (root["records"]?.members ?? []) + (root["forms"]?.members ?? [])
        ShapeChecker(problems: problems, references: Set(references.compactMap(\.key.text)))
            .check(root, ManifestShape.file, path: "", label: LocalText(zh: "", en: ""))
        guard root.isMapping, let manifest = ManifestReader(problems: problems).read(root) else { return nil }
        ManifestChecker(manifest: manifest, problems: problems).check(root)
        if let folder, folder != manifest.id {
            problems.error(
                root["id"], "id", zh: "插件编号(id): “\(manifest.id)” 与文件夹名 \(folder) 不同",
                en: "id: “\(manifest.id)” differs from the folder \(folder)")
        }
        return (manifest, root)
    }
}

/// What every file goes through first.
enum ConfigFile {
    /// The root of a file, duplicate keys reported; nil with a problem where it is empty or no YAML.
    static func root(_ bytes: [UInt8], _ problems: Problems, limits: YAMLLimits = YAMLLimits()) -> YAMLNode? {
        do throws(YAMLFault) {
            let (root, duplicates) = try YAMLComposer.compose(bytes, limits: limits)
            for (key, first) in duplicates {
                let name = key.text ?? ""
                problems.error(
                    key, name, zh: "重复的键 \(name)(第\(first.line)行已有)",
                    en: "duplicate key \(name) (first in line \(first.line))")
            }
            if root == nil { problems.add(nil, "", LocalText(zh: "文件是空的", en: "the file is empty")) }
            if let root { checkQuotes(root, "", problems) }
            return root
        } catch {
            problems.add(error.mark, "", error.message)
            return nil
        }
    }

    /// YAML takes “here” as a word that holds its quotes: it never is what anybody compares it with.
    private static func checkQuotes(_ node: YAMLNode, _ path: String, _ problems: Problems) {
        if case .scalar(let text, isPlain: true) = node.content, text.count > 1,
            let first = text.first, let last = text.last, "“”‘’".contains(first), "“”‘’".contains(last)
        {
            let inner = text.dropFirst().dropLast()
            problems.warning(
                node, path, zh: "中文引号是“\(inner)”的一部分,不起引号的作用:请改为英文引号 \"\(inner)\",或去掉;确要显示的,外面再加英文引号",
                en:
                    "curly quotes are part of the text and quote nothing: write \"\(inner)\" with straight ones, or none; "
                    + "where they are meant to be seen, put straight quotes around them")
        }
        for member in node.members {
            let at = YAMLPath.child(path, member.key.text ?? "")
            checkQuotes(member.key, at, problems)
            checkQuotes(member.value, at, problems)
        }
        for (n, item) in node.items.enumerated() { checkQuotes(item, YAMLPath.item(path, n), problems) }
    }
}
