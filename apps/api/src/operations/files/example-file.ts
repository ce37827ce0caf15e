import type { FileObject } from '@turno/contract';

export const exampleFileId = 'file_01kb6w2v9ve9f8m5q3c7t1zxyh';
const address = `http://127.0.0.1:3002/objects/ten_first/in/${exampleFileId}?expires=1795341600&type=image%2Fjpeg`;

export const exampleFile: FileObject = {
  id: exampleFileId,
  state: 'ready',
  name: 'holiday.jpg',
  contentType: 'image/jpeg',
  bytes: 31_457_280,
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  createdAt: '2026-11-22T09:00:00.000Z',
  expiresAt: '2026-11-29T09:00:00.000Z',
  jobId: null,
  download: { url: `${address}&signature=…`, expiresAt: '2026-11-22T09:05:00.000Z' },
};

export const exampleUpload = {
  method: 'PUT',
  url: `${address}&bytes=31457280&signature=…`,
  headers: { 'Content-Type': 'image/jpeg' },
  expiresAt: '2026-11-22T09:15:00.000Z',
};
