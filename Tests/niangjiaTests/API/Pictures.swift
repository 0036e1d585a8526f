/// Pictures as a camera writes them, built byte by byte: small, and with everything in them that must go.
enum Pictures {
    /// A JPEG of one grey block with JFIF, Exif (orientation, place), XMP, IPTC, a comment, and a trailer after its end.
    static func jpeg(orientation: UInt8) -> [UInt8] {
        func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
            [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
        }
        let tiff: [UInt8] =
            [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
            + Array("GPS 36.0153N 106.2425E".utf8)
        let quantization = [UInt8(0)] + [UInt8](repeating: 1, count: 64)
        let frame: [UInt8] = [8, 0, 8, 0, 8, 1, 1, 0x11, 0]
        // One code of one bit in each table: a difference of 0, and the end of a block.
        let huffman: (UInt8) -> [UInt8] = { [$0, 1] + [UInt8](repeating: 0, count: 15) + [0] }
        return [0xFF, 0xD8] + segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0])
            + segment(0xE1, Array("Exif\0\0".utf8) + tiff)
            + segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret</x:xmpmeta>".utf8))
            + segment(0xED, Array("Photoshop 3.0\0secret".utf8)) + segment(0xFE, Array("secret comment".utf8))
            + segment(0xDB, quantization) + segment(0xC0, frame) + segment(0xC4, huffman(0))
            + segment(0xC4, huffman(0x10)) + segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x3F, 0xFF, 0x00, 0xFF, 0xD9]
            + Array("secret trailer".utf8)
    }
}
