import sharp from 'sharp';

const [startOfImage, startOfScan, endOfImage, progressive] = [0xd8, 0xda, 0xd9, 0xc2].map((code) =>
  Buffer.from([0xff, code]),
) as [Buffer, Buffer, Buffer, Buffer];

/**
 * Returns true for a JPEG whose end is missing and which still shows at least half of the picture, as browsers do.
 * Source: ITU-T T.81, annex B: a scan begins with FF DA, and the image ends with FF D9.
 */
export async function isShowableCutJpeg(image: Buffer): Promise<boolean> {
  const lastScan = image.lastIndexOf(startOfScan);
  if (!image.subarray(0, 2).equals(startOfImage) || lastScan === -1) return false;
  if (image.indexOf(endOfImage, lastScan) !== -1) return false;
  // Each scan of a progressive JPEG covers all of the picture: the first one is whole where another one follows.
  const frame = image.indexOf(progressive);
  if (frame !== -1 && image.indexOf(startOfScan, frame) !== lastScan) return true;
  return hasUpperHalf(image);
}

async function hasUpperHalf(image: Buffer): Promise<boolean> {
  try {
    const { width, height } = await sharp(image, { failOn: 'none' }).metadata();
    const half = { left: 0, top: 0, width, height: Math.ceil(height / 2) };
    await sharp(image, { failOn: 'error' }).extract(half).resize(1, 1).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}
