import Foundation
import NiangjiaCore

/// Files that are being written and hold personal data: a process that ends, or is ended, in the middle takes them away.
enum UnfinishedFiles {
    /// How many a process writes at once, at most; one more would be left where it is killed, and is named by whoever looks.
    private static let limit = 16
    /// Their names, for whoever can ask for nothing else: a signal's handler may neither wait nor allocate.
    nonisolated(unsafe) private static let names = {
        let names = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: limit)
        names.initialize(repeating: nil, count: limit)
        atexit { UnfinishedFiles.removeAll() }
        return names
    }()
    private static let places = Guarded(Array(repeating: false, count: limit))

    /// From now on a file goes with the process. Returns a place to give back once it is finished or gone; nil: there is no room.
    static func add(_ path: String) -> Int? {
        let place = places.withLock { taken -> Int? in
            guard let free = taken.firstIndex(of: false) else { return nil }
            taken[free] = true
            return free
        }
        guard let place else { return nil }
        // Never freed: a handler may be reading it, and it is a name a backup.
        names[place] = strdup(path)
        for number in [SIGTERM, SIGINT, SIGHUP] { handle(number) }
        return place
    }

    /// A file is finished, or gone.
    static func remove(_ place: Int?) {
        guard let place else { return }
        names[place] = nil
        places.withLock { $0[place] = false }
    }

    private static func removeAll() {
        for place in 0..<limit {
            if let name = names[place] { unlink(name) }
        }
    }

    /// Where nobody else deals with a signal it ends the process, as it did, once the files are gone. A server ends in order, and
    /// whoever ignores a signal goes on.
    private static func handle(_ number: Int32) {
        var before = sigaction()
        guard sigaction(number, nil, &before) == 0, before.__sigaction_handler.sa_handler == nil else { return }
        signal(number) { number in
            UnfinishedFiles.removeAll()
            signal(number, SIG_DFL)
            // Held back until this returns.
            raise(number)
        }
    }
}
