/// FNV-1a over 64 bits (draft-eastlake-fnv): tells that bytes are others, and proves nothing against who wants them to agree.
public enum FNV {
    /// The hash of some bytes.
    public static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
