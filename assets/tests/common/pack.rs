//! Zip archives for tests, packed as writers do it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::io::Write as _;

/// An archive of files.
pub fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, content) in files {
        let offset = number(zip.len());
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        let data = encoder.finish().unwrap();
        let mut common = vec![20, 0, 0, 8, 8, 0, 0, 0, 0, 0];
        common.extend(crc32fast::hash(content).to_le_bytes());
        common.extend([number(data.len()), number(content.len())].concat());
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0; 2]);
        zip.extend([b"PK\x03\x04", common.as_slice(), name.as_bytes(), &data].concat());
        directory
            .extend([b"PK\x01\x02\x14\0", common.as_slice(), &[0; 10], &offset, name.as_bytes()].concat());
    }
    let (start, length) = (number(zip.len()), number(directory.len()));
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    zip.extend(directory);
    zip.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &length, &start, &[0; 2]].concat());
    zip
}
