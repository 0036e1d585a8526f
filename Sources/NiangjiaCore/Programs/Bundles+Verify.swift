/// Whether the stored configuration is still what its names say (decision 0009).
public enum BundleFiles {
    /// What is wrong with files of any version that was ever proposed, in force or not: each is named with the versions that hold it.
    ///
    /// Each file is stored under the digest of its content, and which digests a version holds is sealed (``BundlesSchema/member``): with
    /// both, the digest of every version is what it was.
    public static func verify(in reader: any StoreReader, crypto: any CryptoProvider) throws -> [LocalText] {
        var known = Set<[UInt8]>()
        var wrong = Set<[UInt8]>()
        try reader.forEach("SELECT digest, content FROM bundle_file", []) { row in
            let name = row.blob(0)
            known.insert(name)
            if crypto.digest(row.blob(1)) != name { wrong.insert(name) }
            return true
        }
        var used = Set<[UInt8]>()
        var faults: [LocalText] = []
        try reader.forEach("SELECT bundle, path, file FROM bundle_member ORDER BY bundle, path", []) { row in
            let (bundle, path, file) = (row.text(0).prefix(12), row.text(1), row.blob(2))
            used.insert(file)
            if !known.contains(file) {
                faults.append(
                    LocalText(
                        zh: "配置版本 \(bundle) 的文件 \(path) 缺失", en: "the file \(path) of bundle \(bundle) is missing"))
            } else if wrong.contains(file) {
                faults.append(
                    LocalText(
                        zh: "配置版本 \(bundle) 的文件 \(path) 内容已被改动(与摘要不符)",
                        en: "the file \(path) of bundle \(bundle) was changed: it doesn't match its digest"))
            }
            return true
        }
        return faults
            + wrong.subtracting(used).map { Hex.text($0).prefix(12) }.sorted().map { digest in
                LocalText(
                    zh: "配置文件 \(digest) 与摘要不符,也不属于任何版本",
                    en: "the file of configuration \(digest) doesn't match its digest, and belongs to no bundle")
            }
    }
}
