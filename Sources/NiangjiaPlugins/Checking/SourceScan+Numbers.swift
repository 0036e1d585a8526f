import NiangjiaCore

/// Products that come out wrong without a word: integers of 64 bits wrap around, and a rate is a number of basis points.
extension SourceScan {
    mutating func checkProduct(_ shape: ScriptShape, _ start: Int, _ end: Int) {
        guard tokens[safe: start - 1]?.text == "*" || tokens[safe: end]?.text == "*" else { return }
        let name = tokens[start..<end].map(\.text).joined()
        switch shape {
        case .rate:
            add(
                .warning, tokens[start].line, zh: "\(name) 是比例(万分之一),请写 money.rate(金额, \(name)):四舍五入一次,越界即报错",
                en:
                    "\(name) is a rate in basis points; write money.rate(amount, \(name)): rounded once, and it fails instead of wrapping"
            )
        case .unbounded(let path):
            let field = path.split(separator: ".").last.map(String.init) ?? path
            add(
                .warning, tokens[start].line,
                zh: "\(name) 由申请人填写,没有上限,乘积会越界回绕(整数是 64 位):给字段加 maximum",
                en:
                    "\(name) is typed by applicants without a bound, and the product wraps around beyond 64 bits: give the field a maximum",
                fix: PluginFix(place: manifestLines.place(path), line: "\(field): {type: integer, maximum: 10000}"))
        default: break
        }
    }
}
