extension StoreError {
    /// The error in words for people; drivers' texts stay in the cause.
    public var forPeople: NiangjiaError {
        switch self {
        case .newer(let found, let known):
            NiangjiaError(
                .store, zh: "数据库由更新版本(\(found))写入,本程序只认识到 \(known):请升级程序。",
                en:
                    "The store was written by a newer version (\(found)) than this program knows (\(known)): upgrade the program."
            )
        case .otherSchema(let text):
            NiangjiaError(
                .store, zh: "数据库由另一个版本(同号而表不同的开发版)建立:请换用当时的程序;数据没有改动。",
                en:
                    "Another build made the store, with other tables under the same version: use that program. Nothing was changed.",
                cause: text)
        case .altered(let differences): StoreError.words(differences)
        case .locked(let text):
            NiangjiaError("locked", zh: "数据库正被另一个进程使用。", en: "Another process holds the store.", cause: text)
        case .full:
            NiangjiaError(
                .full, zh: "磁盘已满:这一步没有保存。腾出空间后再试。",
                en: "The disk is full: nothing of this step was kept. Make room and try again.", retryAfter: 60)
        case .damaged(let text):
            NiangjiaError(
                .store, zh: "数据库损坏:请用 niangjia backup 做的备份恢复(见 docs/administrator.md)。",
                en: "The store is damaged: restore a copy that niangjia backup made (docs/administrator.md).",
                cause: text)
        case .foreign(let event):
            NiangjiaError(
                .store,
                zh: "第 \(event) 号事件不是本系统写入的:有别的程序改过数据库。这一步没有保存,也不再保存任何内容:请用 niangjia audit verify 查看改了什么,再从备份恢复。",
                en:
                    "Event \(event) was not written by this system: another program was at the store. Nothing of this step was kept, nor will anything be: see by niangjia audit verify what was changed, and restore a backup."
            )
        case .unavailable(let text):
            NiangjiaError(.store, zh: "数据库无法读写。", en: "The store can't be read or written.", cause: text)
        case .duplicate(let text):
            NiangjiaError(.conflict, zh: "已有相同的记录。", en: "There is one like it already.", cause: text)
        case .refused(let text), .statement(let text):
            NiangjiaError(.internal, zh: "程序内部错误。", en: "A fault of the host itself.", cause: text)
        case .closed:
            NiangjiaError(.busy, zh: "正在停止,请稍后再试。", en: "The host is stopping: try again later.")
        case .busy:
            NiangjiaError(
                .busy, zh: "等待保存的太多,这一步没有开始,请稍后再试。",
                en: "Too much waits to be saved: this has not begun, try again later.")
        }
    }
}

extension StoreError {
    /// How many are named; a store that is another one altogether differs in hundreds.
    private static let named = 20

    private static func words(_ differences: [SchemaDifference]) -> NiangjiaError {
        func list(_ language: Language) -> String {
            let separator = language == .zh ? "、" : ", "
            return differences.prefix(named).map { $0.words[language] }.joined(separator: separator)
        }
        let more = differences.count - named
        let rest = more > 0 ? LocalText(zh: ",另有 \(more) 处", en: ", and \(more) more") : LocalText(zh: "", en: "")
        return NiangjiaError(
            .store,
            zh:
                "数据库的结构不是本程序建立的样子:\(list(.zh))\(rest.zh)。有人直接改过这个文件:多出的触发器、视图会在本程序工作时一起改数据并被当作本程序的记录,缺少的索引不再防止重复。没有打开,也没有改动。请恢复完好的备份;确知多出的来自何处的,可用 sqlite3 删去(DROP)后再打开,并运行 niangjia audit verify。",
            en:
                "The store isn't built as this program builds it: \(list(.en))\(rest.en). Somebody edited the file itself: a trigger or view too many changes data along with this program's work, and that would count as its own; an index that is missing no longer keeps things from being there twice. Nothing was opened or changed. Restore a backup that is sound; whoever knows where something foreign comes from may DROP it with sqlite3, open again and run niangjia audit verify."
        )
    }
}

extension NiangjiaError {
    /// Any error in words for people; what nobody foresaw is a fault of the host, with its text as cause.
    public init(_ error: any Error) {
        self =
            error as? NiangjiaError ?? (error as? StoreError)?.forPeople
            ?? NiangjiaError(.internal, zh: "程序内部错误。", en: "A fault of the host itself.", cause: "\(error)")
    }
}
