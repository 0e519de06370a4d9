//! Which format a file is: by its content first, by its extension second; and helpful words for what we do not read.

use super::{Format, Sniff, extension_of};
use crate::zip::is_zip;
use crate::{ImportError, ImportErrorKind, Location};

/// How many bytes are looked at where a format has no magic number.
pub(super) const SNIFF_BYTES: usize = 4096;

/// The format of a file.
///
/// # Errors
/// When it is empty or no format that can be read; the message says what it seems to be and what to do.
pub fn detect(name: &str, bytes: &[u8]) -> Result<Format, ImportError> {
    if bytes.is_empty() {
        return Err(ImportError::new(
            ImportErrorKind::Empty,
            Location::Whole,
            "The file is empty (0 bytes). Copy or download it again.",
        ));
    }
    let by_extension = Format::from_name(name);
    let sniffed = |wanted: Sniff| {
        let fits = |format: Format| (format.code().sniff)(bytes) >= wanted;
        let by_name = by_extension.filter(|&format| fits(format));
        by_name.or_else(|| Format::ALL.into_iter().find(|&format| fits(format)))
    };
    if let Some(format) = sniffed(Sniff::Sure) {
        return Ok(format);
    }
    if let Some(known) = KNOWN.iter().find(|known| (known.is)(bytes)) {
        return Err(known.error());
    }
    if let Some(format) = by_extension {
        return Ok(format);
    }
    let extension = extension_of(name).to_ascii_lowercase();
    if let Some(known) = KNOWN.iter().find(|known| known.extensions.contains(&extension.as_str())) {
        return Err(known.error());
    }
    sniffed(Sniff::Maybe).ok_or_else(|| unknown(bytes))
}

fn unknown(bytes: &[u8]) -> ImportError {
    let start: String = bytes.iter().take(16).map(|byte| format!("{byte:02x} ")).collect();
    let names: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
    ImportError::new(
        ImportErrorKind::UnknownFormat,
        Location::Byte(0),
        format!(
            "This is no kind of file that Kerf knows; it starts with {}. Kerf reads {}.",
            start.trim_end(),
            names.join(", "),
        ),
    )
}

/// `.glb`: the magic number.
pub(super) fn glb(bytes: &[u8]) -> Sniff {
    if bytes.starts_with(b"glTF") { Sniff::Sure } else { Sniff::No }
}

/// `.gltf`: a JSON object that names an asset, which every glTF must.
pub(super) fn gltf(bytes: &[u8]) -> Sniff {
    match without_mark_and_space(bytes).first() {
        Some(b'{') if contains(bytes, b"\"asset\"") => Sniff::Sure,
        Some(b'{') => Sniff::Maybe,
        _ => Sniff::No,
    }
}

/// A kind of file that we recognise only to say what it is.
struct Known {
    is: fn(&[u8]) -> bool,
    extensions: &'static [&'static str],
    what: &'static str,
    advice: &'static str,
}

impl Known {
    fn error(&self) -> ImportError {
        ImportError::new(
            ImportErrorKind::Unsupported,
            Location::Whole,
            format!("This is {}, which Kerf cannot open as a model. {}", self.what, self.advice),
        )
    }
}

const AS_MESH: &str = "Export it from the program that made it as GLB, STL, OBJ or PLY.";
const AS_TEXTURE: &str = "To see it on a model, open the model and this picture together.";

static KNOWN: [Known; 19] = [
    Known {
        is: |bytes| starts_with_text(bytes, "<!doctype html") || starts_with_text(bytes, "<html"),
        extensions: &["html", "htm"],
        what: "a web page",
        advice: "The link probably led to a login or error page instead of the file; download the file itself.",
    },
    Known {
        is: |bytes| bytes.starts_with(b"version https://git-lfs"),
        extensions: &[],
        what: "a Git LFS pointer, not the file it stands for",
        advice: "Run `git lfs pull` where it came from, or download the file itself.",
    },
    Known {
        is: |bytes| is_zip(bytes) && contains(tail(bytes), b"document.json"),
        extensions: &["kerf"],
        what: "a Kerf project",
        advice: "Open it as a project.",
    },
    Known {
        is: |bytes| {
            [&b"\x1f\x8b"[..], b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"]
                .iter()
                .any(|magic| bytes.starts_with(magic))
        },
        extensions: &["gz", "7z", "rar", "bz2", "xz", "zst", "tar"],
        what: "a compressed archive",
        advice: "Unpack it and open the files inside together.",
    },
    Known {
        is: |bytes| starts_with_text(bytes, "iso-10303-21"),
        extensions: &["step", "stp", "p21", "stpz"],
        what: "a STEP file (exact CAD geometry)",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| bytes.get(72) == Some(&b'S') && bytes.get(73..80) == Some(b"      1"),
        extensions: &["iges", "igs"],
        what: "an IGES file (exact CAD geometry)",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| contains(head(bytes), b"CASCADE Topology"),
        extensions: &["brep", "brp"],
        what: "an Open CASCADE BRep file (exact CAD geometry)",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| bytes.starts_with(b"Kaydara FBX Binary") || starts_with_text(bytes, "; fbx"),
        extensions: &["fbx"],
        what: "an FBX file",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| contains(head(bytes), b"<COLLADA"),
        extensions: &["dae"],
        what: "a COLLADA file",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| starts_with_text(bytes, "#vrml") || contains(head(bytes), b"<X3D"),
        extensions: &["wrl", "vrml", "x3d", "x3dv"],
        what: "a VRML or X3D file",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| bytes.starts_with(b"MM") && bytes.get(6..8) == Some(&[2, 0]),
        extensions: &["3ds"],
        what: "a 3D Studio file",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| bytes.starts_with(b"BLENDER"),
        extensions: &["blend"],
        what: "a Blender file",
        advice: "Export it from Blender as GLB.",
    },
    Known {
        is: |bytes| bytes.starts_with(b"PXR-USDC") || starts_with_text(bytes, "#usda"),
        extensions: &["usd", "usda", "usdc"],
        what: "a USD file",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        extensions: &[
            "sldprt", "sldasm", "ipt", "iam", "prt", "asm", "f3d", "3dm", "skp", "dwg", "dxf", "fcstd",
        ],
        what: "a file in a CAD program's own format",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| bytes.starts_with(b"DRACO"),
        extensions: &["drc"],
        what: "a bare Draco mesh",
        advice: AS_MESH,
    },
    Known {
        is: |bytes| {
            [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"GIF8", b"\xabKTX ", b"II*\0", b"MM\0*", b"DDS "]
                .iter()
                .any(|magic| bytes.starts_with(magic))
                || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        },
        extensions: &["png", "jpg", "jpeg", "gif", "webp", "ktx2", "ktx", "tif", "tiff", "bmp", "tga", "dds"],
        what: "a picture",
        advice: AS_TEXTURE,
    },
    Known {
        is: |bytes| {
            [&b"#?RADIANCE"[..], b"#?RGBE", b"\x76\x2f\x31\x01"].iter().any(|magic| bytes.starts_with(magic))
        },
        extensions: &["hdr", "exr"],
        what: "an environment picture",
        advice: "Drop it on a model to light the model with it.",
    },
    Known {
        is: |bytes| bytes.starts_with(b"%PDF"),
        extensions: &["pdf"],
        what: "a PDF document",
        advice: "Ask its author for the model itself.",
    },
    Known {
        is: |_bytes| false,
        extensions: &["mtl"],
        what: "the material file of an OBJ model",
        advice: "Open the .obj file together with it.",
    },
];

pub(super) fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(SNIFF_BYTES)]
}

/// Where a zip archive lists its files.
pub(super) fn tail(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len().saturating_sub(1 << 16)..]
}

/// Whether the text starts so, in any case and after any space.
fn starts_with_text(bytes: &[u8], lower_case_start: &str) -> bool {
    let bytes = without_mark_and_space(bytes);
    let start = bytes.get(..lower_case_start.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(lower_case_start.as_bytes()))
}

fn without_mark_and_space(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// Whether the bytes contain a short pattern.
pub(super) fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    memchr::memmem::find(bytes, pattern).is_some()
}
